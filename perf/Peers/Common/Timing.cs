using System.Diagnostics;

namespace PipelineBackprop.Peers;

/// <summary>Milliseconds of the runs that were timed.</summary>
/// <param name="Median">The median.</param>
/// <param name="Minimum">The least.</param>
/// <param name="Samples">How many there are.</param>
internal sealed record Timing(double Median, double Minimum, int Samples)
{
    private const int LeastSamples = 5;

    /// <summary>Times one run after the other until there are <see cref="PeerOptions.Steps"/> or <see cref="PeerOptions.Seconds"/> are over.</summary>
    public static Timing Of(Action run, PeerOptions options)
    {
        for (int i = 0; i < options.WarmUps; i++) run();
        List<double> samples = [];
        long start = Stopwatch.GetTimestamp();
        while (samples.Count < options.Steps && (samples.Count < LeastSamples || Stopwatch.GetElapsedTime(start).TotalSeconds < options.Seconds))
        {
            long before = Stopwatch.GetTimestamp();
            run();
            samples.Add((Stopwatch.GetTimestamp() - before) * (1000.0 / Stopwatch.Frequency)); // a TimeSpan would round to 0.1 µs
        }
        samples.Sort();
        int middle = samples.Count / 2;
        double median = samples.Count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
        return new(median, samples[0], samples.Count);
    }
}
