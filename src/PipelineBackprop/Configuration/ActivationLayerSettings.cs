using PipelineBackprop.Compute;
using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>An activation as a layer of its own, φ(x).</summary>
public sealed record ActivationLayerSettings : LayerSettings
{
    /// <summary>The function φ.</summary>
    public required ActivationKind Activation { get; init; }

    /// <summary>The slope of leakyRelu below zero, above 0; default null: 0.01 for leakyRelu; the other activations have none.</summary>
    [SettingRange(0, MinimumExclusive = true)]
    public double? Slope { get; init; }
}
