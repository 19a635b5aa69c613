namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>Seconds of one repetition, one number a sample.</summary>
internal sealed class Samples(IEnumerable<double> seconds)
{
    private readonly double[] _sorted = [.. seconds.Order()];

    public int Count => _sorted.Length;

    public double Median => _sorted.Length % 2 == 1
        ? _sorted[_sorted.Length / 2]
        : (_sorted[_sorted.Length / 2 - 1] + _sorted[_sorted.Length / 2]) / 2;

    public double Minimum => _sorted[0];

    /// <summary>These samples and those of another turn.</summary>
    public Samples With(Samples others) => new(_sorted.Concat(others._sorted));

    /// <summary>Half the distance between the quartiles over the median: how quiet the machine was.</summary>
    public double Spread => (_sorted[_sorted.Length * 3 / 4] - _sorted[_sorted.Length / 4]) / 2 / Median;
}
