using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// The standard normal distribution in float32 lanes: Φ(−t) = e^(−t²/2) R(t) for t ≥ 0, where R is a polynomial in u = (t − 3) / (t + 3), so also the
/// far tail has its digits. The polynomial is the one of degree 9 with the least relative error on [0, 15], by the Remez exchange (1.1e-8).
/// </summary>
internal static class SingleNormalDistribution
{
    /// <summary>Φ(z), and the e^(−z²/2) that it took. Relative error of Φ below 1.5e-6, below 3e-7 for z ≥ −3; 0 where float32 has no number left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Cumulative(Vector<float> z, out Vector<float> exponential)
    {
        // Beyond 15 all is 0 or 1 anyway; NaN passes, since it compares false.
        Vector<float> t = Vector.Abs(z);
        t = Vector.ConditionalSelect(Vector.GreaterThan(t, C(15)), C(15), t);
        // With its last twelve bits cleared t has an exact square; what that leaves out is (t − cut)(t + cut).
        Vector<float> cut = (t.As<float, int>() & new Vector<int>(-4096)).As<int, float>();
        exponential = SingleExponential.OfSum(C(-0.5f) * (cut * cut), C(-0.5f) * ((t - cut) * (t + cut)));
        Vector<float> tail = exponential * Ratio((t - C(3)) / (t + C(3)));
        return Vector.ConditionalSelect(Vector.LessThan(z, Vector<float>.Zero), tail, Vector<float>.One - tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Ratio(Vector<float> u)
    {
        // By pairs of terms, which do not wait for each other.
        Vector<float> u2 = u * u, u4 = u2 * u2;
        Vector<float> p01 = Vector.FusedMultiplyAdd(C(-2.0640262191396977e-1f), u, C(1.2151394739103961e-1f));
        Vector<float> p23 = Vector.FusedMultiplyAdd(C(-4.621323447428204e-2f), u, C(1.2322505227613778e-1f));
        Vector<float> p45 = Vector.FusedMultiplyAdd(C(2.904213678094595e-3f), u, C(6.131811271531543e-3f));
        Vector<float> p67 = Vector.FusedMultiplyAdd(C(-3.385458979568144e-4f), u, C(-9.82822403963971e-4f));
        Vector<float> p89 = Vector.FusedMultiplyAdd(C(5.267639932591781e-5f), u, C(1.1450458746680909e-4f));
        Vector<float> low = Vector.FusedMultiplyAdd(p23, u2, p01), middle = Vector.FusedMultiplyAdd(p67, u2, p45);
        return Vector.FusedMultiplyAdd(Vector.FusedMultiplyAdd(p89, u4, middle), u4, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> C(float value) => new(value);
}
