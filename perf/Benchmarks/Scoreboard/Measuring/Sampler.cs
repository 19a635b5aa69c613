using System.Diagnostics;
using PipelineBackprop.Benchmarks.Scoreboard.Peers;

namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>Does the work <paramref name="repeats"/> times.</summary>
internal delegate Task Work(int repeats);

/// <summary>
/// Times rivals in turns, a few samples each, so that a slow moment of the machine meets all of them. A sample repeats its work until it is
/// long enough for the clock; the median over all samples is what counts.
/// </summary>
internal sealed class Sampler
{
    /// <summary>Turns of each rival unless told otherwise: short ones, so that a change of the machine's speed, which lasts seconds, meets all.</summary>
    public const int UsualTurns = 15;

    // The clock counts in some 40 ns. Peers time single runs too, so that what disturbs one of a hundred counts for neither.
    private const double ShortestSample = 20e-6;

    // Threads spin for a while after their work, ours and (as it is told) OpenBLAS's less than a millisecond, and would take a core from whoever comes next.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(5);

    private readonly TimeSpan _budget;
    private readonly bool _rests;

    /// <param name="budget">Time for each rival.</param>
    /// <param name="rests">Whether rivals with threads that spin need a pause between turns.</param>
    /// <param name="turns">How often each rival has its turn; the budget is divided over them.</param>
    public Sampler(TimeSpan budget, bool rests = true, int turns = UsualTurns) => (_budget, _rests, Turns) = (budget, rests, turns);

    /// <summary>How often each rival has its turn.</summary>
    public int Turns { get; }

    /// <summary>Runs each work a few times, only to see that it runs.</summary>
    public static Sampler Once { get; } = new(TimeSpan.Zero, rests: false, turns: 1);

    /// <summary>Times the works, each for about the budget.</summary>
    public Task<Samples[]> MeasureAsync(params Work[] works) => MeasureAsync(works, []);

    /// <summary>The same, with programs of their own that take turns too and time themselves.</summary>
    public async Task<Samples[]> MeasureAsync(Work[] works, IReadOnlyList<PeerSession> guests)
    {
        List<List<double>>[] seconds = [.. works.Select(_ => new List<List<double>>())];
        int[] repeats = new int[works.Length];
        for (int turn = 0; turn < Turns; turn++)
        {
            for (int place = 0; place < works.Length; place++)
            {
                // There and back, so that nobody always comes at the same moment of what the host does again and again.
                int i = turn % 2 == 0 ? place : works.Length - 1 - place;
                if (_rests && works.Length > 1) await Task.Delay(s_rest);
                if (turn == 0) repeats[i] = _budget == TimeSpan.Zero ? 1 : await WarmUpAsync(works[i]);
                seconds[i].Add(await TakeTurnAsync(works[i], repeats[i]));
            }
            foreach (PeerSession guest in guests) await guest.TakeTurnAsync();
        }
        return [.. seconds.Select(one => new Samples(one))];
    }

    private async Task<List<double>> TakeTurnAsync(Work work, int repeats)
    {
        List<double> seconds = [];
        long started = Stopwatch.GetTimestamp();
        await TimeAsync(work, 1);
        do seconds.Add(await TimeAsync(work, repeats));
        while (Stopwatch.GetElapsedTime(started) < _budget / Turns);
        return seconds;
    }

    private async Task<int> WarmUpAsync(Work work)
    {
        long started = Stopwatch.GetTimestamp();
        double fastest = double.PositiveInfinity;
        for (int round = 0; round < 3 || Stopwatch.GetElapsedTime(started) < _budget / 4; round++) fastest = Math.Min(fastest, await TimeAsync(work, 1));
        return (int)Math.Clamp(Math.Ceiling(ShortestSample / fastest), 1, 1_000_000);
    }

    private static async Task<double> TimeAsync(Work work, int repeats)
    {
        long started = Stopwatch.GetTimestamp();
        await work(repeats);
        return Clock.SecondsSince(started) / repeats;
    }
}
