using System.Numerics;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>Rows of <see cref="ICompute.LayerNormalizeTangent"/>; means in float64.</summary>
internal readonly unsafe struct LayerNormalizeTangentKernel<T>(
    int columns, T* normalized, T* inverseDeviation, T* gain, T* rgain, T* rshift, T* rx, T* rnormalized, T* rinverse, T* ry) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _columns = columns;
    private readonly T* _normalized = normalized, _inverse = inverseDeviation, _gain = gain, _rgain = rgain, _rshift = rshift, _rx = rx;
    private readonly T* _rnormalized = rnormalized, _rinverse = rinverse, _ry = ry;

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
        T* normalized = _normalized + offset, rx = _rx + offset, rnormalized = _rnormalized + offset, ry = _ry + offset;
        Vector256<double> sum = Vector256<double>.Zero, sumOfProduct = Vector256<double>.Zero;
        for (int i = 0; i < d; i += Vector<T>.Count)
        {
            Vector<T> tangent = Lanes.Load(rx + i, d - i);
            sum = Lanes.AddTo(sum, tangent, i);
            sumOfProduct = Lanes.AddTo(sumOfProduct, tangent * Lanes.Load(normalized + i, d - i), i);
        }
        Vector<T> mean = new(T.CreateTruncating(Lanes.Total(sum) / d));
        T product = T.CreateTruncating(Lanes.Total(sumOfProduct) / d), inverse = _inverse[row];
        _rinverse[row] = -inverse * inverse * product;
        Vector<T> meanOfProduct = new(product), factor = new(inverse);
        for (int i = 0; i < d; i += Vector<T>.Count)
        {
            int left = d - i;
            Vector<T> value = Lanes.Load(normalized + i, left);
            Vector<T> tangent = factor * (Lanes.Load(rx + i, left) - mean - value * meanOfProduct);
            Lanes.Store(tangent, rnormalized + i, left);
            Lanes.Store(tangent * Lanes.Load(_gain + i, left) + value * Lanes.Load(_rgain + i, left) + Lanes.Load(_rshift + i, left), ry + i, left);
        }
    }
}

/// <summary>Rows of <see cref="ICompute.LayerNormalizeBackwardTangent"/>; means in float64.</summary>
internal readonly unsafe struct LayerNormalizeBackwardTangentKernel<T>(
    int columns, T* normalized, T* inverseDeviation, T* rnormalized, T* rinverse, T* gain, T* rgain, T* dy, T* rdy, T* rdx) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _columns = columns;
    private readonly T* _normalized = normalized, _inverse = inverseDeviation, _rnormalized = rnormalized, _rinverse = rinverse;
    private readonly T* _gain = gain, _rgain = rgain, _dy = dy, _rdy = rdy, _rdx = rdx;

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
        T* normalized = _normalized + offset, rnormalized = _rnormalized + offset, rdx = _rdx + offset;
        Vector256<double> sum = Vector256<double>.Zero, product = Vector256<double>.Zero, rsum = Vector256<double>.Zero, rproduct = Vector256<double>.Zero;
        for (int i = 0; i < d; i += Vector<T>.Count)
        {
            Vector<T> g = Gradient(offset, i, out Vector<T> rg), value = Lanes.Load(normalized + i, d - i);
            sum = Lanes.AddTo(sum, g, i);
            product = Lanes.AddTo(product, g * value, i);
            rsum = Lanes.AddTo(rsum, rg, i);
            rproduct = Lanes.AddTo(rproduct, rg * value + g * Lanes.Load(rnormalized + i, d - i), i);
        }
        Vector<T> mean = Mean(sum), meanOfProduct = Mean(product), rmean = Mean(rsum), rmeanOfProduct = Mean(rproduct);
        Vector<T> factor = new(_inverse[row]), rfactor = new(_rinverse[row]);
        for (int i = 0; i < d; i += Vector<T>.Count)
        {
            Vector<T> g = Gradient(offset, i, out Vector<T> rg), value = Lanes.Load(normalized + i, d - i);
            Vector<T> still = g - mean - value * meanOfProduct;
            Vector<T> moved = rg - rmean - value * rmeanOfProduct - Lanes.Load(rnormalized + i, d - i) * meanOfProduct;
            Lanes.Store(rfactor * still + factor * moved, rdx + i, d - i);
        }
    }

    // g = dy ⊙ gain and its tangent rdy ⊙ gain + dy ⊙ rgain.
    private Vector<T> Gradient(long offset, int i, out Vector<T> rg)
    {
        int left = _columns - i;
        Vector<T> gain = Lanes.Load(_gain + i, left), dy = Lanes.Load(_dy + offset + i, left);
        rg = Lanes.Load(_rdy + offset + i, left) * gain + dy * Lanes.Load(_rgain + i, left);
        return dy * gain;
    }

    private Vector<T> Mean(Vector256<double> sum) => new(T.CreateTruncating(Lanes.Total(sum) / _columns));
}
