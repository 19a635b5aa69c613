using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// The standard normal distribution in every lane, by the rational approximations of erf and erfc of W. J. Cody, "Rational Chebyshev approximations for the error
/// function", Math. Comp. 23 (1969), with the coefficients of his CALERF (netlib specfun): relative error of erfc below 1e-13 for
/// arguments where Φ matters (below 8), since e^(−x²) is taken directly.
/// </summary>
internal static class NormalDistribution
{
    /// <summary>Φ(z) = ½ erfc(−z / √2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Cumulative(Vector<double> z)
    {
        Vector<double> upperTail = C(0.5) * ComplementaryError(Vector.Abs(z) * C(0.70710678118654752440));
        return Vector.ConditionalSelect(Vector.LessThan(z, Vector<double>.Zero), upperTail, Vector<double>.One - upperTail);
    }

    /// <summary>φ(z) = e^(−z²/2) / √(2π).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Density(Vector<double> z) => C(0.39894228040143267794) * DoubleExponential.Of(C(-0.5) * z * z);

    /// <summary>erfc(x) for x ≥ 0. All three ranges are computed and the lane's own is taken; NaN falls to the last.</summary>
    private static Vector<double> ComplementaryError(Vector<double> x)
    {
        Vector<double> square = x * x, exponential = DoubleExponential.Of(-square);
        Vector<double> middleOrFar = Vector.ConditionalSelect(
            Vector.LessThanOrEqual(x, C(4)), exponential * Middle(x), exponential * Far(x, square));
        return Vector.ConditionalSelect(Vector.LessThanOrEqual(x, C(0.46875)), Vector<double>.One - x * Near(square), middleOrFar);
    }

    // erf(x) / x for x ≤ 0.46875, in s = x².
    private static Vector<double> Near(Vector<double> s)
    {
        Vector<double> p = ((C(1.85777706184603153e-1) * s + C(3.16112374387056560e0)) * s + C(1.13864154151050156e2)) * s;
        p = (p + C(3.77485237685302021e2)) * s + C(3.20937758913846947e3);
        Vector<double> q = (((s + C(2.36012909523441209e1)) * s + C(2.44024637934444173e2)) * s + C(1.28261652607737228e3)) * s;
        return p / (q + C(2.84423683343917062e3));
    }

    // erfc(x) e^(x²) for 0.46875 ≤ x ≤ 4.
    private static Vector<double> Middle(Vector<double> x)
    {
        Vector<double> p = ((C(2.15311535474403846e-8) * x + C(5.64188496988670089e-1)) * x + C(8.88314979438837594e0)) * x;
        p = ((p + C(6.61191906371416295e1)) * x + C(2.98635138197400131e2)) * x + C(8.81952221241769090e2);
        p = ((p * x + C(1.71204761263407058e3)) * x + C(2.05107837782607147e3)) * x + C(1.23033935479799725e3);
        Vector<double> q = ((x + C(1.57449261107098347e1)) * x + C(1.17693950891312499e2)) * x + C(5.37181101862009858e2);
        q = ((q * x + C(1.62138957456669019e3)) * x + C(3.29079923573345963e3)) * x + C(4.36261909014324716e3);
        q = (q * x + C(3.43936767414372164e3)) * x + C(1.23033935480374942e3);
        return p / q;
    }

    // erfc(x) e^(x²) for x > 4: (1/√π − s R(s)) / x with s = 1/x².
    private static Vector<double> Far(Vector<double> x, Vector<double> square)
    {
        Vector<double> s = Vector<double>.One / square;
        Vector<double> p = ((C(1.63153871373020978e-2) * s + C(3.05326634961232344e-1)) * s + C(3.60344899949804439e-1)) * s;
        p = ((p + C(1.25781726111229246e-1)) * s + C(1.60837851487422766e-2)) * s + C(6.58749161529837803e-4);
        Vector<double> q = ((s + C(2.56852019228982242e0)) * s + C(1.87295284992346725e0)) * s + C(5.27905102951428412e-1);
        q = (q * s + C(6.05183413124413191e-2)) * s + C(2.33520497626869185e-3);
        return (C(0.56418958354775628695) - s * (p / q)) / x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> C(double value) => new(value);
}
