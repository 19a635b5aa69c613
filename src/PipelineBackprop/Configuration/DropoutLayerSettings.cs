using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>Drops elements by chance while training and scales the others by 1 / (1 − rate).</summary>
public sealed record DropoutLayerSettings : LayerSettings
{
    /// <summary>The probability of dropping an element, at least 0 and below 1; default 0.5.</summary>
    [SettingRange(0, 1, MaximumExclusive = true)]
    public double Rate { get; init; } = 0.5;
}
