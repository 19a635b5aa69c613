using PipelineBackprop.Compute;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Activations in float64, written a second time from their definitions.</summary>
internal static class Reference
{
    internal static double Apply(Activation activation, double z) => activation.Kind switch
    {
        ActivationKind.Identity => z,
        ActivationKind.Relu => Math.Max(z, 0),
        ActivationKind.LeakyRelu => z > 0 ? z : (float)activation.Slope * z,
        ActivationKind.Sigmoid => 1 / (1 + Math.Exp(-z)),
        ActivationKind.Tanh => Math.Tanh(z),
        ActivationKind.Gelu => z * NormalDistribution(z),
        ActivationKind.Silu => z / (1 + Math.Exp(-z)),
        ActivationKind.Softplus => Math.Log(1 + Math.Exp(z)),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    /// <summary>φ'(z) by the central difference of φ, good to about 1e-9.</summary>
    internal static double Derivative(Activation activation, double z)
    {
        const double Step = 1e-6;
        return (Apply(activation, z + Step) - Apply(activation, z - Step)) / (2 * Step);
    }

    /// <summary>Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/(3·5) + …), which converges everywhere (Marsaglia 2004).</summary>
    internal static double NormalDistribution(double x)
    {
        if (Math.Abs(x) > 8) return x < 0 ? 0 : 1;
        double sum = x, term = x;
        for (int i = 3; Math.Abs(term) > 1e-20; i += 2)
        {
            term *= x * x / i;
            sum += term;
        }
        return 0.5 + sum * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
    }
}
