using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// eˣ in float32 lanes: x = n ln 2 + r with |r| ≤ ½ ln 2, a polynomial for eʳ and the scaling by 2ⁿ (S. Moshier, Cephes, expf.c; relative error below 2e-7).
/// The framework's own gives 1.0000001 for e⁰, which would make the loss of a certain prediction other than 0.
/// </summary>
internal static class SingleExponential
{
    // 1.5 · 2²³: a small number added to it is rounded to a whole one, which then is what its bits have gained.
    private const float Rounder = 12582912;

    /// <summary>eˣ: 0 below −104, infinity above 88.73, NaN for NaN; subnormal results are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> x)
    {
        // Beyond these the result is 0 or infinity anyway; NaN passes, since it compares false.
        Vector<float> bounded = Vector.ConditionalSelect(Vector.LessThan(x, C(-105)), C(-105), x);
        bounded = Vector.ConditionalSelect(Vector.GreaterThan(bounded, C(90)), C(90), bounded);
        Vector<float> shifted = Shifted(bounded);
        return Power(Remainder(bounded, shifted), shifted);
    }

    /// <summary>e^(x + rest) for x in [−150, 90] and a rest that is small beside ½, of which no digit is lost to x. NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> OfSum(Vector<float> x, Vector<float> rest)
    {
        Vector<float> shifted = Shifted(x);
        return Power(Remainder(x, shifted) + rest, shifted);
    }

    // n, the whole number next to x / ln 2, above the rounder.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Shifted(Vector<float> x) => Vector.FusedMultiplyAdd(x, C(1.44269504088896341f), C(Rounder));

    // x − n ln 2, with ln 2 in two parts.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Remainder(Vector<float> x, Vector<float> shifted)
    {
        Vector<float> n = shifted - C(Rounder);
        return Vector.FusedMultiplyAdd(n, C(2.12194440e-4f), Vector.FusedMultiplyAdd(n, C(-0.693359375f), x));
    }

    // eʳ 2ⁿ. The polynomial goes by pairs of terms, which do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Power(Vector<float> r, Vector<float> shifted)
    {
        Vector<float> square = r * r;
        Vector<float> p = Vector.FusedMultiplyAdd(C(1.9875691500e-4f), r, C(1.3981999507e-3f));
        p = Vector.FusedMultiplyAdd(p, square, Vector.FusedMultiplyAdd(C(8.3334519073e-3f), r, C(4.1665795894e-2f)));
        p = Vector.FusedMultiplyAdd(p, square, Vector.FusedMultiplyAdd(C(1.6666665459e-1f), r, C(5.0000001201e-1f)));
        Vector<float> power = Vector.FusedMultiplyAdd(p, square, r) + Vector<float>.One;
        // 2ⁿ in two factors, each a normal number, so that subnormal results and infinity come out by themselves.
        Vector<int> exponent = shifted.As<float, int>() - C(Rounder).As<float, int>(), half = Vector.ShiftRightArithmetic(exponent, 1);
        return power * PowerOfTwo(half) * PowerOfTwo(exponent - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowerOfTwo(Vector<int> exponent) =>
        Vector.ShiftLeft(exponent + new Vector<int>(127), 23).As<int, float>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> C(float value) => new(value);
}
