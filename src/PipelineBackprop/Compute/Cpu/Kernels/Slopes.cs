using System.Numerics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>g(h) = h (1 − h), g' = 1 − 2h.</summary>
internal readonly struct SigmoidSlope<T> : ISlope<T>
{
    public static int Weight => 1;

    public Vector<T> Invoke(Vector<T> h, out Vector<T> derivative)
    {
        Vector<T> rest = Vector<T>.One - h;
        derivative = rest - h;
        return h * rest;
    }
}

/// <summary>g(h) = 1 − h² as (1 − h) (1 + h), g' = −2h.</summary>
internal readonly struct TanhSlope<T> : ISlope<T>
{
    public static int Weight => 1;

    public Vector<T> Invoke(Vector<T> h, out Vector<T> derivative)
    {
        derivative = -(h + h);
        return (Vector<T>.One - h) * (Vector<T>.One + h);
    }
}

/// <summary>g(z) = Φ(z) + z φ(z) with the normal density φ, g' = φ(z) (2 − z²), where a z² beyond all numbers is the largest: φ is 0 there, and so is the product.</summary>
internal readonly struct GeluSlope<T> : ISlope<T>
    where T : unmanaged
{
    public Vector<T> Invoke(Vector<T> z, out Vector<T> derivative)
    {
        if (typeof(T) == typeof(double))
        {
            Vector<double> wide = z.As<T, double>(), density = NormalDistribution.Density(wide);
            derivative = (density * (new Vector<double>(2) - Vector.Min(wide * wide, new Vector<double>(double.MaxValue)))).As<double, T>();
            return (NormalDistribution.Cumulative(wide) + wide * density).As<double, T>();
        }
        Vector<float> narrow = z.As<T, float>(), cumulative = SingleNormalDistribution.Cumulative(narrow, out Vector<float> exponential);
        Vector<float> narrowDensity = new Vector<float>(0.39894228040143268f) * exponential;
        derivative = (narrowDensity * (new Vector<float>(2) - Vector.Min(narrow * narrow, new Vector<float>(float.MaxValue)))).As<float, T>();
        return (cumulative + narrow * narrowDensity).As<float, T>();
    }
}

/// <summary>With σ = sigmoid(z): g(z) = σ (1 + z (1 − σ)), g' = σ (1 − σ) (2 + z (1 − 2σ)).</summary>
internal readonly struct SiluSlope<T> : ISlope<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Vector<T> Invoke(Vector<T> z, out Vector<T> derivative)
    {
        Vector<T> sigma = LaneMath<T>.Sigmoid(z), rest = Vector<T>.One - sigma;
        derivative = sigma * rest * (Vector<T>.One + Vector<T>.One + z * (rest - sigma));
        return sigma * (Vector<T>.One + z * rest);
    }
}

/// <summary>With σ = sigmoid(z): g(z) = σ, g' = σ (1 − σ).</summary>
internal readonly struct SoftplusSlope<T> : ISlope<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Vector<T> Invoke(Vector<T> z, out Vector<T> derivative)
    {
        Vector<T> sigma = LaneMath<T>.Sigmoid(z);
        derivative = sigma * (Vector<T>.One - sigma);
        return sigma;
    }
}
