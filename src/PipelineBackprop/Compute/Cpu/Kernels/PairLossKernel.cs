using System.Numerics;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>A loss that is a sum over outputs of a function of (o, y).</summary>
internal interface IPairLoss<T>
{
    /// <summary>The loss of every lane and its derivative by o.</summary>
    Vector<T> Invoke(Vector<T> o, Vector<T> y, out Vector<T> derivative);
}

/// <summary>Rows of a pair loss: rowLoss[r] = Σⱼ l(o, y) in float64, gradient = ∂l/∂o · scale where there is one.</summary>
internal readonly unsafe struct PairLossKernel<T, TLoss>(
    TLoss loss, int columns, T* o, T* y, T scale, double* rowLoss, T* gradient) : IRangeKernel
    where T : unmanaged
    where TLoss : struct, IPairLoss<T>
{
    private readonly TLoss _loss = loss;
    private readonly int _columns = columns;
    private readonly T* _o = o, _y = y, _gradient = gradient;
    private readonly T _scale = scale;
    private readonly double* _rowLoss = rowLoss;

    /// <inheritdoc/>
    public static int Weight => 8;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        for (int row = start; row < start + count; row++) _rowLoss[row] = Row((long)row * _columns);
    }

    private double Row(long offset)
    {
        TLoss loss = _loss;
        T* o = _o + offset, y = _y + offset, gradient = _gradient == null ? null : _gradient + offset;
        Vector<T> scale = new(_scale);
        Vector256<double> sum = Vector256<double>.Zero;
        for (int i = 0; i < _columns; i += Vector<T>.Count)
        {
            int left = _columns - i;
            Vector<T> value = loss.Invoke(Lanes.Load(o + i, left), Lanes.Load(y + i, left), out Vector<T> derivative);
            sum = Lanes.AddTo(sum, Lanes.Mask(value, left, default), i);
            if (gradient != null) Lanes.Store(derivative * scale, gradient + i, left);
        }
        return Lanes.Total(sum);
    }
}

/// <summary>½ (o − y)².</summary>
internal readonly struct HalfSquaredErrorPair<T> : IPairLoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Vector<T> Invoke(Vector<T> o, Vector<T> y, out Vector<T> derivative)
    {
        derivative = o - y;
        return new Vector<T>(T.CreateTruncating(0.5)) * derivative * derivative;
    }
}

/// <summary>max(o, 0) − o y + ln(1 + e^−|o|) = ln(1 + eᵒ) − o y.</summary>
internal readonly struct BinaryCrossEntropyPair<T> : IPairLoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Vector<T> Invoke(Vector<T> o, Vector<T> y, out Vector<T> derivative)
    {
        derivative = LaneMath<T>.Sigmoid(o) - y;
        // max(o, 0) − o y first: at y = 1 and large o both are equal and the small logarithm survives.
        return LaneMath<T>.Positive(o) - o * y + LaneMath<T>.LogOnePlus(LaneMath<T>.Exp(-Vector.Abs(o)));
    }
}

/// <summary>With r = o − y: ½ r² where |r| ≤ δ, δ (|r| − ½ δ) elsewhere.</summary>
internal readonly struct HuberPair<T>(T delta) : IPairLoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector<T> _delta = new(delta);

    public Vector<T> Invoke(Vector<T> o, Vector<T> y, out Vector<T> derivative)
    {
        Vector<T> half = new(T.CreateTruncating(0.5)), r = o - y, size = Vector.Abs(r);
        // NaN compares false: it stays NaN in the derivative, and in the value on the outer branch.
        Vector<T> inner = Vector.LessThanOrEqual(size, _delta);
        Vector<T> above = Vector.ConditionalSelect(Vector.GreaterThan(r, _delta), _delta, r);
        derivative = Vector.ConditionalSelect(Vector.LessThan(r, -_delta), -_delta, above);
        return Vector.ConditionalSelect(inner, half * r * r, _delta * (size - half * _delta));
    }
}
