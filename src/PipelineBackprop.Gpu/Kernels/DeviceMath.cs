using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>
/// Transcendental functions from float32 additions, multiplications and divisions only, so that every kind of accelerator computes the same and
/// none needs a mathematics library. Polynomials: S. L. Moshier, Cephes Mathematical Library (single precision). Errors stay within a few units
/// in the last place, but in the far tails of the normal distribution, where x² is rounded; NaN passes through.
/// </summary>
internal static class DeviceMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: the first has few bits, so its product with a small integer is exact.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    private const float SquareRootOfHalf = 0.707106781f;

    /// <summary>eˣ: +∞ above ln of the largest float, 0 far below the smallest.</summary>
    internal static float Exp(float x)
    {
        if (float.IsNaN(x)) return x;
        if (x > 88.7228391f) return float.PositiveInfinity;
        if (x < -104f) return 0;
        int n = (int)(x * Log2E + (x < 0 ? -0.5f : 0.5f));
        float r = x - n * Ln2High - n * Ln2Low;
        float p = 1.9875691500e-4f;
        p = p * r + 1.3981999507e-3f;
        p = p * r + 8.3334519073e-3f;
        p = p * r + 4.1665795894e-2f;
        p = p * r + 1.6666665459e-1f;
        p = p * r + 5.0000001201e-1f;

        // Two factors, because 2ⁿ alone may be out of range where the result is not.
        int half = n / 2;
        return (p * r * r + r + 1) * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    /// <summary>ln x for normal positive x, +∞ for +∞.</summary>
    internal static float Log(float x)
    {
        if (float.IsNaN(x) || x > float.MaxValue) return x;
        uint bits = Interop.FloatAsInt(x);
        int exponent = (int)(bits >> 23) - 126;
        float m = Interop.IntAsFloat((bits & 0x007FFFFF) | 0x3F000000);
        if (m < SquareRootOfHalf)
        {
            exponent--;
            m += m;
        }
        m -= 1;
        float z = m * m;
        float p = 7.0376836292e-2f;
        p = p * m - 1.1514610310e-1f;
        p = p * m + 1.1676998740e-1f;
        p = p * m - 1.2420140846e-1f;
        p = p * m + 1.4249322787e-1f;
        p = p * m - 1.6668057665e-1f;
        p = p * m + 2.0000714765e-1f;
        p = p * m - 2.4999993993e-1f;
        p = p * m + 3.3333331174e-1f;
        return m + (p * m * z + exponent * Ln2Low - 0.5f * z) + exponent * Ln2High;
    }

    /// <summary>ln(1 + x) for x ≥ 0, exact for small x too (Goldberg 1991, theorem 4).</summary>
    internal static float LogOnePlus(float x)
    {
        float u = 1 + x;
        if (u == 1) return x;
        if (x > 1e7f) return Log(x);
        return Log(u) * (x / (u - 1));
    }

    /// <summary>tanh x.</summary>
    internal static float Tanh(float x)
    {
        float a = x < 0 ? -x : x;
        if (a < 0.625f)
        {
            float z = x * x;
            float p = -5.70498872745e-3f;
            p = p * z + 2.06390887954e-2f;
            p = p * z - 5.37397155531e-2f;
            p = p * z + 1.33314422036e-1f;
            p = p * z - 3.33332819422e-1f;
            return p * z * x + x;
        }
        float y = 1 - 2 / (Exp(a + a) + 1);
        return x < 0 ? -y : y;
    }

    /// <summary>1 / (1 + e⁻ˣ), without overflow.</summary>
    internal static float Sigmoid(float x)
    {
        if (x >= 0) return 1 / (1 + Exp(-x));
        float e = Exp(x);
        return e / (1 + e);
    }

    /// <summary>ln(1 + eˣ), without overflow.</summary>
    internal static float Softplus(float x) => x > 0 ? x + LogOnePlus(Exp(-x)) : LogOnePlus(Exp(x));

    /// <summary>The normal distribution function Φ(x) = ½ erfc(−x/√2).</summary>
    internal static float NormalDistribution(float x)
    {
        float a = x * SquareRootOfHalf;
        float magnitude = a < 0 ? -a : a;
        if (magnitude < 1) return 0.5f + 0.5f * ErfSmall(a);
        float tail = 0.5f * ErfcLarge(magnitude);
        return a < 0 ? tail : 1 - tail;
    }

    /// <summary>The normal density e^(−x²/2) / √(2π).</summary>
    internal static float NormalDensity(float x) => 0.398942280f * Exp(-0.5f * x * x);

    // |x| < 1
    private static float ErfSmall(float x)
    {
        float z = x * x;
        float p = 7.853861353153693e-5f;
        p = p * z - 8.010193625184903e-4f;
        p = p * z + 5.188327685732524e-3f;
        p = p * z - 2.685381193529856e-2f;
        p = p * z + 1.128358514861418e-1f;
        p = p * z - 3.761262582423300e-1f;
        p = p * z + 1.128379165726710f;
        return p * x;
    }

    // x ≥ 1; NaN passes through Exp
    private static float ErfcLarge(float x)
    {
        float e = Exp(-x * x);
        if (e == 0) return 0;
        float q = 1 / x, y = q * q;
        float p = x < 2 ? ErfcMiddle(y) : ErfcFar(y);
        return e * q * p;
    }

    private static float ErfcMiddle(float y)
    {
        float p = 2.326819970068386e-2f;
        p = p * y - 1.387039388740657e-1f;
        p = p * y + 3.687424674597105e-1f;
        p = p * y - 5.824733027278666e-1f;
        p = p * y + 6.210004621745983e-1f;
        p = p * y - 4.944515323274145e-1f;
        p = p * y + 3.404879937665872e-1f;
        p = p * y - 2.741127028184656e-1f;
        return p * y + 5.638259427386472e-1f;
    }

    private static float ErfcFar(float y)
    {
        float p = -1.047766399936249e+1f;
        p = p * y + 1.297719955372516e+1f;
        p = p * y - 7.495518717768503e+0f;
        p = p * y + 2.921019019210786e+0f;
        p = p * y - 1.015265279202700e+0f;
        p = p * y + 4.218463358204948e-1f;
        p = p * y - 2.820767439740514e-1f;
        return p * y + 5.641895067754075e-1f;
    }

    // 2ⁿ for −126 ≤ n ≤ 127
    private static float PowerOfTwo(int n) => Interop.IntAsFloat((uint)(n + 127) << 23);
}
