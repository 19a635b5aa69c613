using PipelineBackprop.Compute;
using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>A fully connected layer, φ(x Wᵀ + b).</summary>
public sealed record DenseLayerSettings : LayerSettings
{
    /// <summary>Width of the output, 1 to 1,000,000.</summary>
    [SettingRange(1, 1_000_000)]
    public required int Outputs { get; init; }

    /// <summary>The activation φ computed with the layer; default identity.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Identity;

    /// <summary>The slope of leakyRelu below zero, above 0; default null: 0.01 for leakyRelu; the other activations have none.</summary>
    [SettingRange(0, MinimumExclusive = true)]
    public double? Slope { get; init; }

    /// <summary>Whether there is a bias b; default true.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>
    /// How the weights start; default null: He normal before relu, leaky relu, gelu and silu, Xavier uniform otherwise. Biases start at 0.
    /// </summary>
    public InitializerKind? Initializer { get; init; }
}
