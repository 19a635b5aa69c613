using System.Diagnostics;

namespace PipelineBackprop.Peers;

/// <summary>Milliseconds of the runs that were timed.</summary>
/// <param name="Median">The median.</param>
/// <param name="Minimum">The least.</param>
/// <param name="Samples">How many there are.</param>
internal sealed record Timing(double Median, double Minimum, int Samples)
{
    private const int LeastSamples = 5;

    /// <summary>
    /// Times one run after the other until there are <see cref="PeerOptions.Steps"/> or <see cref="PeerOptions.Seconds"/> are over. With
    /// <see cref="PeerOptions.TakesTurns"/> an empty line says that a turn can begin, a line on standard input begins it, and the end of the input is the end.
    /// </summary>
    public static Timing Of(Action run, PeerOptions options)
    {
        for (int i = 0; i < options.WarmUps; i++) run();
        List<double> samples = [];
        if (options.TakesTurns) TakeTurns(run, options, samples);
        else Time(run, options, LeastSamples, samples);
        if (samples.Count == 0) throw new PeerException(PeerException.BadInput, "standard input ended before the first turn, where a line for each turn would be right.");
        samples.Sort();
        int middle = samples.Count / 2;
        double median = samples.Count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
        return new(median, samples[0], samples.Count);
    }

    private static void TakeTurns(Action run, PeerOptions options, List<double> samples)
    {
        for (Console.WriteLine(); Console.ReadLine() is not null; Console.WriteLine())
        {
            run();
            Time(run, options, samples.Count + 1, samples);
        }
    }

    private static void Time(Action run, PeerOptions options, int leastSamples, List<double> samples)
    {
        long start = Stopwatch.GetTimestamp();
        while (samples.Count < options.Steps && (samples.Count < leastSamples || Stopwatch.GetElapsedTime(start).TotalSeconds < options.Seconds))
        {
            long before = Stopwatch.GetTimestamp();
            run();
            samples.Add((Stopwatch.GetTimestamp() - before) * (1000.0 / Stopwatch.Frequency)); // a TimeSpan would round to 0.1 µs
        }
    }
}
