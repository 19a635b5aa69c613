using PipelineBackprop.Benchmarks.Scoreboard.Peers;

namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>Seconds of one repetition, turn by turn.</summary>
internal sealed class Samples
{
    private readonly double[] _sorted;

    /// <param name="turns">The samples of each turn, at least one.</param>
    public Samples(IReadOnlyList<IReadOnlyList<double>> turns)
    {
        _sorted = [.. turns.SelectMany(turn => turn).Order()];
        Turns = [.. turns.Select(MedianOf)];
    }

    /// <summary>The median of each turn.</summary>
    public IReadOnlyList<double> Turns { get; }

    public double Median => MedianOf(_sorted);

    public double Minimum => _sorted[0];

    /// <summary>Half the distance between the quartiles over the median: how quiet the machine was.</summary>
    public double Spread => (_sorted[_sorted.Length * 3 / 4] - _sorted[_sorted.Length / 4]) / 2 / Median;

    /// <summary>
    /// How many times as long a rival takes: the median over the turns of what it is in each, because the machine changes its speed from turn to turn and meets both
    /// of one. That of the medians where the rival did not have all turns.
    /// </summary>
    public double RatioOf(Samples rival) => RatioOf(rival.Median, rival.Turns);

    /// <summary>The same of a program of its own; null without one.</summary>
    public double? RatioOf(PeerResult? rival) => rival is null ? null : RatioOf(rival.Seconds, rival.Turns);

    /// <summary>The middle one of sorted things; of an even number the lower, because what is shown must not look better than the median.</summary>
    public static T MiddleOf<T>(IReadOnlyList<T> sorted) => sorted[(sorted.Count - 1) / 2];

    /// <summary>The median of any numbers.</summary>
    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private double RatioOf(double rival, IReadOnlyList<double> rivalTurns) =>
        rivalTurns.Count == Turns.Count ? MedianOf(Turns.Zip(rivalTurns, (ours, theirs) => theirs / ours)) : rival / Median;
}
