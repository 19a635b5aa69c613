using System.Numerics;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>Rows of <see cref="ICompute.LayerNormalize"/>: mean and variance in two passes, their sums in float64 and the squares in the number format, as long as it holds them.</summary>
internal readonly unsafe struct LayerNormalizeKernel<T>(
    int columns, double epsilon, T* x, T* gain, T* shift, T* normalized, T* inverseDeviation, T* y) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _columns = columns;
    private readonly double _epsilon = epsilon;
    private readonly T* _x = x, _gain = gain, _shift = shift, _normalized = normalized, _inverse = inverseDeviation, _y = y;

    /// <inheritdoc/>
    public static int Weight => 4;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        for (int row = start; row < start + count; row++) Row(row, _x + (long)row * _columns, (long)row * _columns);
    }

    private void Row(int row, T* x, long offset)
    {
        int d = _columns;
        double mean = Mean(x);
        T center = T.CreateTruncating(mean);
        double inverse = 1 / Math.Sqrt(Variance(x, center, mean) + _epsilon);
        _inverse[row] = T.CreateTruncating(inverse);
        // What rounding the mean to T left over; it matters where the mean is large beside the deviation.
        Vector<T> rest = new(T.CreateTruncating(mean - double.CreateTruncating(center)));
        Vector<T> middle = new(center), factor = new(_inverse[row]);
        T* normalized = _normalized + offset, y = _y + offset;
        for (int i = 0; i < d; i += Vector<T>.Count)
        {
            Vector<T> value = (Lanes.Load(x + i, d - i) - middle - rest) * factor;
            Lanes.Store(value, normalized + i, d - i);
            Lanes.Store(value * Lanes.Load(_gain + i, d - i) + Lanes.Load(_shift + i, d - i), y + i, d - i);
        }
    }

    private double Mean(T* x)
    {
        Vector256<double> sum = Vector256<double>.Zero;
        for (int i = 0; i < _columns; i += Vector<T>.Count) sum = Lanes.AddTo(sum, Lanes.Load(x + i, _columns - i), i);
        return Lanes.Total(sum) / _columns;
    }

    // Around the rounded centre, then moved to the mean: Σ(x − c)²/d − (mean − c)².
    private double Variance(T* x, T center, double mean)
    {
        Vector256<double> sum = Vector256<double>.Zero;
        Vector<T> middle = new(center);
        for (int i = 0; i < _columns; i += Vector<T>.Count)
        {
            Vector<T> difference = Lanes.Mask(Lanes.Load(x + i, _columns - i) - middle, _columns - i, T.Zero);
            sum = Lanes.AddTo(sum, difference * difference, i);
        }
        double shift = mean - double.CreateTruncating(center), variance = Lanes.Total(sum) / _columns - shift * shift;
        return typeof(T) == typeof(float) && double.IsInfinity(variance) ? WideVariance(x, mean) : variance;
    }

    // Squares of differences above 1.8e19 are beyond float32, and the row would become zeros.
    private double WideVariance(T* x, double mean)
    {
        double sum = 0;
        for (int i = 0; i < _columns; i++) sum += Math.Pow(double.CreateTruncating(x[i]) - mean, 2);
        return sum / _columns;
    }
}

/// <summary>Rows of <see cref="ICompute.LayerNormalizeBackward"/>.</summary>
internal readonly unsafe struct LayerNormalizeBackwardKernel<T>(
    int columns, T* normalized, T* inverseDeviation, T* gain, T* dy, T* dx) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _columns = columns;
    private readonly T* _normalized = normalized, _inverse = inverseDeviation, _gain = gain, _dy = dy, _dx = dx;

    /// <inheritdoc/>
    public static int Weight => 4;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        for (int row = start; row < start + count; row++) Row(row, (long)row * _columns);
    }

    private void Row(int row, long offset)
    {
        int d = _columns;
        T* normalized = _normalized + offset, dy = _dy + offset, dx = _dx + offset;
        Vector256<double> sum = Vector256<double>.Zero, sumOfProduct = Vector256<double>.Zero;
        for (int i = 0; i < d; i += Vector<T>.Count)
        {
            Vector<T> g = Lanes.Load(dy + i, d - i) * Lanes.Load(_gain + i, d - i);
            sum = Lanes.AddTo(sum, g, i);
            sumOfProduct = Lanes.AddTo(sumOfProduct, g * Lanes.Load(normalized + i, d - i), i);
        }
        Vector<T> mean = new(T.CreateTruncating(Lanes.Total(sum) / d));
        Vector<T> meanOfProduct = new(T.CreateTruncating(Lanes.Total(sumOfProduct) / d));
        Vector<T> factor = new(_inverse[row]);
        for (int i = 0; i < d; i += Vector<T>.Count)
        {
            Vector<T> g = Lanes.Load(dy + i, d - i) * Lanes.Load(_gain + i, d - i);
            Lanes.Store(factor * (g - mean - Lanes.Load(normalized + i, d - i) * meanOfProduct), dx + i, d - i);
        }
    }
}
