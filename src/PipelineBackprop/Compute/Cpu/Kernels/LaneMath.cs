using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>Functions that the framework's vectors lack, in every lane alike. NaN gives NaN.</summary>
internal static class LaneMath<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>eˣ; e⁰ is exactly 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Exp(Vector<T> x) => typeof(T) == typeof(float)
        ? SingleExponential.Of(x.As<T, float>()).As<float, T>()
        : DoubleExponential.Of(x.As<T, double>()).As<double, T>();

    /// <summary>ln x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Log(Vector<T> x) => typeof(T) == typeof(float)
        ? Vector.Log(x.As<T, float>()).As<float, T>()
        : Vector.Log(x.As<T, double>()).As<double, T>();

    /// <summary>
    /// ln(1 + x) for x in [0, 1], to full relative accuracy: the rounding of u = 1 + x is taken back by the factor x / (u − 1) (Kahan; Higham, Accuracy and
    /// Stability of Numerical Algorithms, 2nd ed., section 1.14.1).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> LogOnePlus(Vector<T> x)
    {
        Vector<T> u = Vector<T>.One + x;
        return Vector.ConditionalSelect(Vector.Equals(u, Vector<T>.One), x, Log(u) * (x / (u - Vector<T>.One)));
    }

    /// <summary>1 / (1 + e⁻ˣ), with the exponential of −|x| only, which cannot overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Sigmoid(Vector<T> x)
    {
        Vector<T> e = Exp(-Vector.Abs(x));
        Vector<T> numerator = Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), e, Vector<T>.One);
        return numerator / (Vector<T>.One + e);
    }

    /// <summary>ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Softplus(Vector<T> x) => Positive(x) + LogOnePlus(Exp(-Vector.Abs(x)));

    /// <summary>max(x, 0), and NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Positive(Vector<T> x) =>
        Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<T>.Zero), Vector<T>.Zero, x);

    /// <summary>
    /// tanh x: an odd function of its own below 0.625, where 1 − 2/(e²ˣ + 1) would cancel, and that form above (S. Moshier, Cephes, tanh.c and tanhf.c;
    /// relative error below 4e-16 in float64 and 2e-7 in float32). Of |x|, with the sign of x, also where that is a zero's.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Tanh(Vector<T> x)
    {
        Vector<T> size = Vector.Abs(x);
        Vector<T> large = Vector<T>.One - C(2) / (Exp(size + size) + Vector<T>.One);
        Vector<T> positive = Vector.ConditionalSelect(Vector.LessThan(size, C(0.625)), size + size * SmallTanh(x * x), large);
        return Vector.ConditionalSelect(new Vector<T>(T.NegativeZero), x, positive);
    }

    // tanh x / x − 1 for |x| < 0.625, in s = x².
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> SmallTanh(Vector<T> s)
    {
        if (typeof(T) == typeof(float))
        {
            Vector<T> r = (C(-5.70498872745e-3) * s + C(2.06390887954e-2)) * s + C(-5.37397155531e-2);
            return ((r * s + C(1.33314422036e-1)) * s + C(-3.33332819422e-1)) * s;
        }
        Vector<T> p = (C(-9.64399179425052238628e-1) * s + C(-9.92877231001918586564e1)) * s + C(-1.61468768441708447952e3);
        Vector<T> q = ((s + C(1.12811678491632931402e2)) * s + C(2.23548839060100448583e3)) * s + C(4.84406305325125486048e3);
        return s * (p / q);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> C(double value) => new(T.CreateTruncating(value));
}
