using System.Numerics;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>Rows of <see cref="ICompute.SoftmaxCrossEntropy"/>; the largest output is subtracted first, so no exponential overflows.</summary>
internal readonly unsafe struct SoftmaxCrossEntropyKernel<T>(
    int classes, T* o, T* y, T scale, double* rowLoss, T* gradient) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _classes = classes;
    private readonly T* _o = o, _y = y, _gradient = gradient;
    private readonly T _scale = scale;
    private readonly double* _rowLoss = rowLoss;

    /// <inheritdoc/>
    public static int Weight => 8;

    /// <inheritdoc/>
    public static int RowCost => 100;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        for (int row = start; row < start + count; row++) Row(row, _o + (long)row * _classes);
    }

    private void Row(int row, T* o)
    {
        int target = Class(row);
        T largest = Largest(o), own = o[target];
        T* gradient = _gradient == null ? null : _gradient + (long)row * _classes;
        double sum = SumOfExponentials(o, largest, gradient);
        _rowLoss[row] = Math.Log(sum) + (double.CreateTruncating(largest) - double.CreateTruncating(own));
        if (gradient == null) return;
        Vector<T> total = new(T.CreateTruncating(sum)), scale = new(_scale);
        T ownExponential = gradient[target];
        for (int i = 0; i < _classes; i += Vector<T>.Count)
            Lanes.Store(Lanes.Load(gradient + i, _classes - i) / total * scale, gradient + i, _classes - i);
        gradient[target] = (ownExponential / total[0] - T.One) * _scale;
    }

    private int Class(int row)
    {
        T value = _y[row];
        if (value >= T.Zero && value < T.CreateTruncating(_classes) && T.IsInteger(value)) return int.CreateTruncating(value);
        throw new ArgumentException($"The class of row {row} is {value}; it must be a whole number from 0 to {_classes - 1}.");
    }

    private T Largest(T* o)
    {
        Vector<T> largest = new(T.NegativeInfinity);
        for (int i = 0; i < _classes; i += Vector<T>.Count)
            largest = Vector.Max(largest, Lanes.Mask(Lanes.Load(o + i, _classes - i), _classes - i, T.NegativeInfinity));
        T result = largest[0];
        for (int lane = 1; lane < Vector<T>.Count; lane++) result = T.Max(result, largest[lane]);
        return result;
    }

    // Leaves the exponentials in the gradient's row, where there is one.
    private double SumOfExponentials(T* o, T largest, T* gradient)
    {
        Vector<T> shift = new(largest);
        Vector256<double> sum = Vector256<double>.Zero;
        for (int i = 0; i < _classes; i += Vector<T>.Count)
        {
            Vector<T> e = LaneMath<T>.Exp(Lanes.Load(o + i, _classes - i) - shift);
            sum = Lanes.AddTo(sum, Lanes.Mask(e, _classes - i, T.Zero), i);
            if (gradient != null) Lanes.Store(e, gradient + i, _classes - i);
        }
        return Lanes.Total(sum);
    }
}
