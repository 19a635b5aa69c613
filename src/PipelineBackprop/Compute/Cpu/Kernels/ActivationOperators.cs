using System.Numerics;

namespace PipelineBackprop.Compute.Cpu;

// Forward operators take z; backward operators take what the forward pass saved (h or z, see Activation.DerivativeFromOutput) and dy.
// Comparisons are written so that NaN falls to the side that keeps it.

internal readonly struct ReluOperator<T> : IUnaryOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Vector<T> Invoke(Vector<T> z) => LaneMath<T>.Positive(z);
}

internal readonly struct ReluBackwardOperator<T> : IBinaryOperator<T>
{
    public Vector<T> Invoke(Vector<T> h, Vector<T> dy) =>
        Vector.ConditionalSelect(Vector.LessThanOrEqual(h, Vector<T>.Zero), Vector<T>.Zero, dy);
}

internal readonly struct LeakyReluOperator<T>(T slope) : IUnaryOperator<T>
{
    private readonly Vector<T> _slope = new(slope);

    public Vector<T> Invoke(Vector<T> z) => Vector.ConditionalSelect(Vector.GreaterThan(z, Vector<T>.Zero), z, _slope * z);
}

internal readonly struct LeakyReluBackwardOperator<T>(T slope) : IBinaryOperator<T>
{
    private readonly Vector<T> _slope = new(slope);

    public Vector<T> Invoke(Vector<T> h, Vector<T> dy) => Vector.ConditionalSelect(Vector.GreaterThan(h, Vector<T>.Zero), dy, _slope * dy);
}

internal readonly struct SigmoidOperator<T> : IUnaryOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Weight => 8;

    public Vector<T> Invoke(Vector<T> z) => LaneMath<T>.Sigmoid(z);
}

/// <summary>h (1 − h) dy.</summary>
internal readonly struct SigmoidBackwardOperator<T> : IBinaryOperator<T>
{
    public Vector<T> Invoke(Vector<T> h, Vector<T> dy) => h * (Vector<T>.One - h) * dy;
}

internal readonly struct TanhOperator<T> : IUnaryOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Weight => 8;

    public Vector<T> Invoke(Vector<T> z) => LaneMath<T>.Tanh(z);
}

/// <summary>(1 − h²) dy, as a product that does not cancel near ±1.</summary>
internal readonly struct TanhBackwardOperator<T> : IBinaryOperator<T>
{
    public Vector<T> Invoke(Vector<T> h, Vector<T> dy) => (Vector<T>.One - h) * (Vector<T>.One + h) * dy;
}

internal readonly struct SiluOperator<T> : IUnaryOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Weight => 8;

    public Vector<T> Invoke(Vector<T> z) => z * LaneMath<T>.Sigmoid(z);
}

/// <summary>With σ = sigmoid(z): σ (1 + z (1 − σ)) dy.</summary>
internal readonly struct SiluBackwardOperator<T> : IBinaryOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Weight => 8;

    public Vector<T> Invoke(Vector<T> z, Vector<T> dy)
    {
        Vector<T> sigma = LaneMath<T>.Sigmoid(z);
        return sigma * (Vector<T>.One + z * (Vector<T>.One - sigma)) * dy;
    }
}

internal readonly struct SoftplusOperator<T> : IUnaryOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Weight => 8;

    public Vector<T> Invoke(Vector<T> z) => LaneMath<T>.Softplus(z);
}

/// <summary>sigmoid(z) dy.</summary>
internal readonly struct SoftplusBackwardOperator<T> : IBinaryOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Weight => 8;

    public Vector<T> Invoke(Vector<T> z, Vector<T> dy) => LaneMath<T>.Sigmoid(z) * dy;
}
