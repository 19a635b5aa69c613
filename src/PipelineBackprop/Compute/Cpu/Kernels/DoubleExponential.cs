using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// eˣ in float64 lanes: x = n ln 2 + r with |r| ≤ ½ ln 2, eʳ = 1 + 2 r P(r²) / (Q(r²) − r P(r²)) and the scaling by 2ⁿ (S. Moshier, Cephes, exp.c; relative error
/// below 3e-16). The framework's own gives an element other bits when a neighbour in its vector is large, so an element's bits would depend on how elements are grouped.
/// </summary>
internal static class DoubleExponential
{
    // 1.5 · 2⁵²: a small number added to it is rounded to a whole one, which then is what its bits have gained.
    private const double Rounder = 6755399441055744;

    /// <summary>eˣ: 0 below −745.2, infinity above 709.79, NaN for NaN; subnormal results are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Of(Vector<double> x)
    {
        // Beyond these the result is 0 or infinity anyway; NaN passes, since it compares false.
        Vector<double> bounded = Vector.ConditionalSelect(Vector.LessThan(x, C(-746)), C(-746), x);
        bounded = Vector.ConditionalSelect(Vector.GreaterThan(bounded, C(710)), C(710), bounded);
        Vector<double> n = Vector.FusedMultiplyAdd(bounded, C(1.4426950408889634074), C(Rounder)) - C(Rounder);
        // x − n ln 2, with ln 2 in two parts.
        Vector<double> r = Vector.FusedMultiplyAdd(n, C(-1.42860682030941723212e-6), Vector.FusedMultiplyAdd(n, C(-6.93145751953125e-1), bounded));
        // 2ⁿ in two factors, each a normal number, so that subnormal results and infinity come out by themselves.
        Vector<double> half = Vector.FusedMultiplyAdd(n, C(0.5), C(Rounder)), rest = n - (half - C(Rounder)) + C(Rounder);
        return PowerOfRemainder(r) * PowerOfTwo(half) * PowerOfTwo(rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> PowerOfRemainder(Vector<double> r)
    {
        Vector<double> square = r * r;
        Vector<double> p = Vector.FusedMultiplyAdd(C(1.26177193074810590878e-4), square, C(3.02994407707441961300e-2));
        p = r * Vector.FusedMultiplyAdd(p, square, C(9.99999999999999999910e-1));
        Vector<double> q = Vector.FusedMultiplyAdd(C(3.00198505138664455042e-6), square, C(2.52448340349684104192e-3));
        q = Vector.FusedMultiplyAdd(Vector.FusedMultiplyAdd(q, square, C(2.27265548208155028766e-1)), square, C(2.00000000000000000009));
        Vector<double> half = p / (q - p);
        return Vector<double>.One + (half + half);
    }

    // Of a whole number above the rounder.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> PowerOfTwo(Vector<double> shifted) =>
        Vector.ShiftLeft(shifted.As<double, long>() - C(Rounder).As<double, long>() + new Vector<long>(1023), 52).As<long, double>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> C(double value) => new(value);
}
