using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Σ x² of a tile while it is in the first cache, in float64. Which elements are summed side by side depends on the tile's sizes alone.</summary>
internal static unsafe class GemmSquares<T>
    where T : unmanaged
{
    /// <summary>Σ c² over <paramref name="rows"/> × <paramref name="columns"/> elements.</summary>
    internal static double Sum(T* c, nint cRow, int rows, int columns)
    {
        if (typeof(T) == typeof(float) && Avx512F.IsSupported && columns == 32) return SumOf32Columns((float*)c, cRow, rows);
        return SumAnyWidth(c, cRow, rows, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOf32Columns(float* c, nint cRow, int rows)
    {
        Vector512<double> sum0 = Vector512<double>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (; rows > 0; rows--, c += cRow)
        {
            Vector512<double> x0 = Avx512F.ConvertToVector512Double(Vector256.Load(c)), x1 = Avx512F.ConvertToVector512Double(Vector256.Load(c + 8));
            Vector512<double> x2 = Avx512F.ConvertToVector512Double(Vector256.Load(c + 16)), x3 = Avx512F.ConvertToVector512Double(Vector256.Load(c + 24));
            sum0 = Avx512F.FusedMultiplyAdd(x0, x0, sum0);
            sum1 = Avx512F.FusedMultiplyAdd(x1, x1, sum1);
            sum2 = Avx512F.FusedMultiplyAdd(x2, x2, sum2);
            sum3 = Avx512F.FusedMultiplyAdd(x3, x3, sum3);
        }
        Vector512<double> sum = sum0 + sum1 + (sum2 + sum3);
        Vector256<double> half = sum.GetLower() + sum.GetUpper();
        Vector128<double> quarter = half.GetLower() + half.GetUpper();
        return quarter[0] + quarter[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumAnyWidth(T* c, nint cRow, int rows, int columns)
    {
        int width = typeof(T) == typeof(float) ? Vector<float>.Count : Vector<double>.Count, whole = columns - columns % width;
        Vector<double> sum0 = Vector<double>.Zero, sum1 = sum0;
        double rest = 0;
        for (; rows > 0; rows--, c += cRow)
        {
            for (int q = 0; q < whole; q += width) Add(c + q, ref sum0, ref sum1);
            for (int q = whole; q < columns; q++)
            {
                double x = typeof(T) == typeof(float) ? *(float*)(c + q) : *(double*)(c + q);
                rest += x * x;
            }
        }
        return Vector.Sum(sum0 + sum1) + rest;
    }

    // Squares of float32 are exact in float64.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(T* x, ref Vector<double> sum0, ref Vector<double> sum1)
    {
        if (typeof(T) == typeof(double))
        {
            Vector<double> value = Vector.Load((double*)x);
            sum0 += value * value;
            return;
        }
        Vector.Widen(Vector.Load((float*)x), out Vector<double> low, out Vector<double> high);
        sum0 += low * low;
        sum1 += high * high;
    }
}
