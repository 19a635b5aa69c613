using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>The FMA peak of several threads at once, as a rival to be timed.</summary>
internal sealed class PeakWork(int threads) : IDisposable
{
    // Milliseconds a part, so that the wake-up of the helpers does not show.
    private const int PartsPerThread = 2;
    private readonly ThreadTeam _team = new(threads, "peak");

    /// <summary>FLOP of one repetition.</summary>
    public double Flops => FmaPeak.Flops * PartsPerThread * threads;

    /// <summary>The peak as it was in the median, with the best sample beside it, which the clock's luckiest moment gives.</summary>
    public Measure SpeedOf(Samples samples) => Measure.OfFlops(Flops, samples.Median, $"peak, {Measure.OfFlops(Flops, samples.Minimum).Text} at best");

    /// <summary>The share of the peak that work of so many FLOP reaches, by turns.</summary>
    public double ShareOf(Samples work, double flops, Samples samples) => work.RatioOf(samples) * flops / Flops;

    public Task RunAsync(int repeats)
    {
        for (int i = 0; i < repeats; i++) _team.Run(PartsPerThread * threads, default(Job));
        return Task.CompletedTask;
    }

    public void Dispose() => _team.Dispose();

    private readonly struct Job : ITeamJob
    {
        public void Execute(int part) => FmaPeak.Run();
    }
}
