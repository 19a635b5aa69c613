using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// Σ x² in float64 by four vectors of sums side by side, which keep the adders busy. Which element goes to which sum depends on its place alone, so every
/// machine and every kernel that sums with it gives the same bits.
/// </summary>
internal static unsafe class Squares<T>
    where T : unmanaged
{
    /// <summary>Elements that the four sums take together: two vectors.</summary>
    public static int Round => 2 * Vector512<T>.Count;

    /// <summary>
    /// The sum number <paramref name="place"/>, 0 to 3, with the squares of its part of <see cref="Round"/> elements added. In float64 two of the four stay 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> sum, T* x, int place)
    {
        if (typeof(T) == typeof(double))
        {
            if (place > 1) return sum;
            Vector512<double> value = Vector512.Load((double*)x + place * Vector512<double>.Count);
            return sum + value * value;
        }
        Vector256<float> narrow = Vector256.Load((float*)x + place * Vector256<float>.Count);
        if (Avx512F.IsSupported)
        {
            // A square of a float32 is exact in float64, so fusing changes no bit.
            Vector512<double> value = Avx512F.ConvertToVector512Double(narrow);
            return Avx512F.FusedMultiplyAdd(value, value, sum);
        }
        (Vector256<double> low, Vector256<double> high) = Vector256.Widen(narrow);
        return sum + Vector512.Create(low * low, high * high);
    }

    /// <summary>The sums of less than <see cref="Round"/> elements, as if zeros followed them.</summary>
    public static double Rest(T* x, int count)
    {
        T* padded = stackalloc T[Round];
        new ReadOnlySpan<T>(x, count).CopyTo(new Span<T>(padded, Round));
        Vector512<double> zero = Vector512<double>.Zero;
        return Total(Add(zero, padded, 0), Add(zero, padded, 1), Add(zero, padded, 2), Add(zero, padded, 3));
    }

    /// <summary>All lanes of all sums, put together in the same order on every machine.</summary>
    public static double Total(Vector512<double> sum0, Vector512<double> sum1, Vector512<double> sum2, Vector512<double> sum3)
    {
        Vector512<double> eight = sum0 + sum1 + (sum2 + sum3);
        Vector256<double> four = eight.GetLower() + eight.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }
}
