using System.Numerics;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>z Φ(z).</summary>
internal readonly struct GeluOperator<T> : IUnaryOperator<T>
    where T : unmanaged
{
    public static int Weight => 8;

    public Vector<T> Invoke(Vector<T> z)
    {
        if (typeof(T) == typeof(double)) return z * NormalDistribution.Cumulative(z.As<T, double>()).As<double, T>();
        return z * SingleNormalDistribution.Cumulative(z.As<T, float>(), out _).As<float, T>();
    }
}

/// <summary>(Φ(z) + z φ(z)) dy with φ(z) = e^(−z²/2) / √(2π).</summary>
internal readonly struct GeluBackwardOperator<T> : IBinaryOperator<T>
    where T : unmanaged
{
    public static int Weight => 8;

    public Vector<T> Invoke(Vector<T> z, Vector<T> dy)
    {
        if (typeof(T) == typeof(double)) return Slope(z.As<T, double>()).As<double, T>() * dy;
        return Slope(z.As<T, float>()).As<float, T>() * dy;
    }

    private static Vector<double> Slope(Vector<double> z) => NormalDistribution.Cumulative(z) + z * NormalDistribution.Density(z);

    private static Vector<float> Slope(Vector<float> z) =>
        SingleNormalDistribution.Cumulative(z, out Vector<float> exponential) + z * (new Vector<float>(0.39894228040143268f) * exponential);
}
