using ILGPU;
using PipelineBackprop.Compute;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>The functions φ and their derivatives, one thread an element. Kinds are the numbers of <see cref="ActivationKind"/>.</summary>
internal static class ActivationKernels
{
    internal static void Forward(Index1D i, ArrayView<float> x, ArrayView<float> y, int kind, float slope) => y[i] = Apply(x[i], kind, slope);

    internal static void Backward(Index1D i, ArrayView<float> saved, ArrayView<float> dy, ArrayView<float> dx, int kind, float slope) =>
        dx[i] = Through(dy[i], saved[i], kind, slope);

    internal static void BackwardTangent(
        Index1D i, ArrayView<float> saved, ArrayView<float> rsaved, ArrayView<float> dy, ArrayView<float> rdy, ArrayView<float> rdx, int kind, float slope) =>
        rdx[i] = Through(rdy[i], saved[i], kind, slope) + Bent(dy[i], saved[i], rsaved[i], kind);

    /// <summary>φ(z).</summary>
    internal static float Apply(float z, int kind, float slope) => kind switch
    {
        (int)ActivationKind.Relu => z < 0 ? 0 : z, // NaN stays NaN
        (int)ActivationKind.LeakyRelu => z > 0 ? z : slope * z,
        (int)ActivationKind.Sigmoid => DeviceMath.Sigmoid(z),
        (int)ActivationKind.Tanh => DeviceMath.Tanh(z),
        (int)ActivationKind.Gelu => z * DeviceMath.NormalDistribution(z),
        (int)ActivationKind.Silu => z * DeviceMath.Sigmoid(z),
        (int)ActivationKind.Softplus => DeviceMath.Softplus(z),
        _ => z,
    };

    // dy φ'. A relu that is off lets nothing through, as on the processor: 0 times an infinite dy would be NaN.
    private static float Through(float dy, float saved, int kind, float slope) =>
        kind == (int)ActivationKind.Relu ? (saved <= 0 ? 0f : dy) : dy * Derivative(saved, kind, slope);

    // What the tangent of φ' adds; nothing where φ is straight on both sides of zero.
    private static float Bent(float dy, float saved, float rsaved, int kind) => kind switch
    {
        (int)ActivationKind.Identity or (int)ActivationKind.Relu or (int)ActivationKind.LeakyRelu => 0f,
        _ => dy * Bend(saved, kind) * rsaved,
    };

    /// <summary>φ' from φ's output (identity, leaky relu, sigmoid, tanh) or its input (gelu, silu, softplus).</summary>
    private static float Derivative(float saved, int kind, float slope) => kind switch
    {
        (int)ActivationKind.LeakyRelu => saved > 0 ? 1 : slope,
        (int)ActivationKind.Sigmoid => saved * (1 - saved),
        (int)ActivationKind.Tanh => (1 - saved) * (1 + saved), // 1 − h² would cancel near ±1
        (int)ActivationKind.Gelu => DeviceMath.NormalDistribution(saved) + saved * DeviceMath.NormalDensity(saved),
        (int)ActivationKind.Silu => SiluDerivative(saved),
        (int)ActivationKind.Softplus => DeviceMath.Sigmoid(saved),
        _ => 1,
    };

    /// <summary>The derivative of <see cref="Derivative"/> by what was saved.</summary>
    private static float Bend(float saved, int kind) => kind switch
    {
        (int)ActivationKind.Sigmoid => 1 - saved - saved,
        (int)ActivationKind.Tanh => -2 * saved,
        (int)ActivationKind.Gelu => GeluBend(saved),
        (int)ActivationKind.Silu => SiluBend(saved),
        (int)ActivationKind.Softplus => DeviceMath.Sigmoid(saved) * DeviceMath.Sigmoid(-saved),
        _ => 0,
    };

    // φ(z) (2 − z²) with the normal density φ; where that is 0, z² may be infinite
    private static float GeluBend(float z)
    {
        float density = DeviceMath.NormalDensity(z);
        return density > 0 ? density * (2 - z * z) : density;
    }

    // σ(z) (1 + z (1 − σ(z)))
    private static float SiluDerivative(float z)
    {
        float s = DeviceMath.Sigmoid(z);
        return s * (1 + z * (1 - s));
    }

    // σ(z) (1 − σ(z)) (2 + z (1 − 2σ(z)))
    private static float SiluBend(float z)
    {
        float s = DeviceMath.Sigmoid(z);
        return s * (1 - s) * (2 + z * (1 - s - s));
    }
}
