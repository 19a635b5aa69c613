using System.Diagnostics;

namespace PipelineBackprop.Peers;

/// <summary>Milliseconds of the runs that were timed.</summary>
/// <param name="Median">The median.</param>
/// <param name="Minimum">The least.</param>
/// <param name="Samples">How many there are.</param>
/// <param name="Turns">The median of each turn; one turn where none are taken.</param>
internal sealed record Timing(double Median, double Minimum, int Samples, IReadOnlyList<double> Turns)
{
    private const int LeastSamples = 5;

    /// <summary>
    /// Times one run after the other until there are <see cref="PeerOptions.Steps"/> or <see cref="PeerOptions.Seconds"/> are over. With
    /// <see cref="PeerOptions.TakesTurns"/> that is a turn; an empty line says that one can begin, a line on standard input begins it, and the end of the input is the end.
    /// </summary>
    public static Timing Of(Action run, PeerOptions options)
    {
        for (int i = 0; i < options.WarmUps; i++) run();
        List<List<double>> turns = [];
        if (options.TakesTurns) TakeTurns(run, options, turns);
        else turns.Add(Time(run, options, LeastSamples));
        List<double> samples = [.. turns.SelectMany(turn => turn)];
        if (samples.Count == 0) throw new PeerException(PeerException.BadInput, "standard input ended before the first turn, where a line for each turn would be right.");
        return new(MedianOf(samples), samples.Min(), samples.Count, [.. turns.Select(MedianOf)]);
    }

    private static void TakeTurns(Action run, PeerOptions options, List<List<double>> turns)
    {
        for (Console.WriteLine(); Console.ReadLine() is not null; Console.WriteLine())
        {
            run();
            turns.Add(Time(run, options, leastSamples: 1));
        }
    }

    private static List<double> Time(Action run, PeerOptions options, int leastSamples)
    {
        List<double> samples = [];
        long start = Stopwatch.GetTimestamp();
        while (samples.Count < options.Steps && (samples.Count < leastSamples || Stopwatch.GetElapsedTime(start).TotalSeconds < options.Seconds))
        {
            long before = Stopwatch.GetTimestamp();
            run();
            samples.Add((Stopwatch.GetTimestamp() - before) * (1000.0 / Stopwatch.Frequency)); // a TimeSpan would round to 0.1 µs
        }
        return samples;
    }

    private static double MedianOf(List<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
