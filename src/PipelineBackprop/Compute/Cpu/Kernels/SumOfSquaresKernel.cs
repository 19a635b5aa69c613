using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>partial[start / block] = Σ x² over one block, in float64: four sums side by side, put together in a fixed order.</summary>
internal readonly unsafe struct SumOfSquaresKernel<T>(T* x, int block, double* partial) : IRangeKernel
    where T : unmanaged
{
    private readonly T* _x = x;
    private readonly int _block = block;
    private readonly double* _partial = partial;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        T* x = _x + start;
        int whole = count - count % (4 * Vector<double>.Count);
        double sum = Whole(x, whole);
        for (int i = whole; i < count; i++)
        {
            double value = typeof(T) == typeof(double) ? *(double*)(x + i) : *(float*)(x + i);
            sum += value * value;
        }
        _partial[start / _block] = sum;
    }

    private static double Whole(T* x, int count)
    {
        if (typeof(T) == typeof(float) && Avx512F.IsSupported && Vector<double>.Count == 4) return Whole512((float*)x, count);
        int width = Vector<double>.Count;
        Vector<double> sum0 = Vector<double>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (T* end = x + count; x < end; x += 4 * width)
        {
            Wide(x, out Vector<double> a, out Vector<double> b);
            Wide(x + 2 * width, out Vector<double> c, out Vector<double> d);
            sum0 += a * a;
            sum1 += b * b;
            sum2 += c * c;
            sum3 += d * d;
        }
        return Vector.Sum(sum0 + sum1 + (sum2 + sum3));
    }

    // The same sums in vectors twice as wide; the squares are exact in float64, so fusing changes no bit.
    private static double Whole512(float* x, int count)
    {
        Vector512<double> sum01 = Vector512<double>.Zero, sum23 = sum01;
        for (float* end = x + count; x < end; x += 16)
        {
            Vector512<double> ab = Avx512F.ConvertToVector512Double(Vector256.Load(x)), cd = Avx512F.ConvertToVector512Double(Vector256.Load(x + 8));
            sum01 = Avx512F.FusedMultiplyAdd(ab, ab, sum01);
            sum23 = Avx512F.FusedMultiplyAdd(cd, cd, sum23);
        }
        Vector256<double> sum = sum01.GetLower() + sum01.GetUpper() + (sum23.GetLower() + sum23.GetUpper());
        return Vector.Sum(sum.AsVector());
    }

    // Two vectors' worth of elements.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wide(T* x, out Vector<double> low, out Vector<double> high)
    {
        if (typeof(T) == typeof(double))
        {
            low = Vector.Load((double*)x);
            high = Vector.Load((double*)x + Vector<double>.Count);
            return;
        }
        Vector.Widen(Vector.Load((float*)x), out low, out high);
    }
}

/// <summary>partial[start / block] = 0 when the block is finite, NaN otherwise. NaN and infinities alone have all bits of the exponent set: one more in its
/// last place then carries into the place of the sign.</summary>
internal readonly unsafe struct FiniteKernel<T>(T* x, int block, double* partial) : IRangeKernel
    where T : unmanaged
{
    private readonly T* _x = x;
    private readonly int _block = block;
    private readonly double* _partial = partial;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        bool finite = typeof(T) == typeof(float)
            ? Finite((int*)(_x + start), count, int.MaxValue, 1 << 23)
            : Finite((long*)(_x + start), count, long.MaxValue, 1L << 52);
        _partial[start / _block] = finite ? 0 : double.NaN;
    }

    private static bool Finite<TBits>(TBits* x, int count, TBits withoutSign, TBits lastOfExponent)
        where TBits : unmanaged
    {
        int whole = count - count % (4 * Vector<TBits>.Count);
        bool finite = WholeFinite(x, whole, withoutSign, lastOfExponent);
        Vector<TBits> mask = new(withoutSign), one = new(lastOfExponent), any = Vector<TBits>.Zero;
        for (int i = whole; i < count; i += Vector<TBits>.Count) any |= (Lanes.Load(x + i, count - i) & mask) + one;
        return finite && Vector.GreaterThanOrEqualAll(any, Vector<TBits>.Zero);
    }

    // Apart from the last few elements: a call behind the loop would take its registers away.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool WholeFinite<TBits>(TBits* x, int count, TBits withoutSign, TBits lastOfExponent)
        where TBits : unmanaged
    {
        Vector<TBits> mask = new(withoutSign), one = new(lastOfExponent);
        Vector<TBits> any0 = Vector<TBits>.Zero, any1 = any0, any2 = any0, any3 = any0;
        int width = Vector<TBits>.Count;
        for (TBits* end = x + count; x < end; x += 4 * width)
        {
            any0 |= (Vector.Load(x) & mask) + one;
            any1 |= (Vector.Load(x + width) & mask) + one;
            any2 |= (Vector.Load(x + 2 * width) & mask) + one;
            any3 |= (Vector.Load(x + 3 * width) & mask) + one;
        }
        return Vector.GreaterThanOrEqualAll(any0 | any1 | (any2 | any3), Vector<TBits>.Zero);
    }
}
