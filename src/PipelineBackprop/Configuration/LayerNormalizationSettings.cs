using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>Layer normalisation: every row to mean 0 and variance 1, then a learned gain and shift.</summary>
public sealed record LayerNormalizationSettings : LayerSettings
{
    /// <summary>What is added to the variance, above 0; default 0.00001.</summary>
    [SettingRange(0, MinimumExclusive = true)]
    public double Epsilon { get; init; } = 1e-5;
}
