using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>partial[start / block] = Σ x² over one block, in float64.</summary>
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
        int rest = count % Squares<T>.Round, whole = count - rest;
        double sum = Whole(x, whole);
        if (rest > 0) sum += Squares<T>.Rest(x + whole, rest);
        _partial[start / _block] = sum;
    }

    // Apart from the rest: a call behind the loop would take its registers away.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double Whole(T* x, int count)
    {
        Vector512<double> sum0 = Vector512<double>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (T* end = x + count; x < end; x += Squares<T>.Round)
        {
            sum0 = Squares<T>.Add(sum0, x, 0);
            sum1 = Squares<T>.Add(sum1, x, 1);
            sum2 = Squares<T>.Add(sum2, x, 2);
            sum3 = Squares<T>.Add(sum3, x, 3);
        }
        return Squares<T>.Total(sum0, sum1, sum2, sum3);
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
