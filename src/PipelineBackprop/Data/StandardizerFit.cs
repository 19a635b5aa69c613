namespace PipelineBackprop.Data;

/// <summary>Means and deviations gathered row by row with Welford's recurrence, which is exact for a constant column.</summary>
internal sealed class StandardizerFit(int width)
{
    private readonly double[] _means = new double[width];
    private readonly double[] _squares = new double[width];
    private long _count;

    public void Add(ReadOnlySpan<double> row)
    {
        _count++;
        for (int j = 0; j < _means.Length; j++)
        {
            double before = row[j] - _means[j];
            _means[j] += before / _count;
            _squares[j] += before * (row[j] - _means[j]);
        }
    }

    /// <summary>The fitted values; a column marked in <paramref name="untouched"/> is passed through as it is.</summary>
    public Standardizer ToStandardizer(ReadOnlySpan<bool> untouched)
    {
        double[] means = new double[width], deviations = new double[width];
        for (int j = 0; j < width; j++)
        {
            double deviation = _count == 0 ? 0 : Math.Sqrt(_squares[j] / _count);
            means[j] = untouched[j] ? 0 : _means[j];
            deviations[j] = untouched[j] || deviation == 0 ? 1 : deviation;
        }
        return new Standardizer(means, deviations);
    }
}
