using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>Huber's loss: half the squared error up to delta, linear beyond.</summary>
public sealed record HuberLossSettings : LossSettings
{
    /// <summary>Where the loss becomes linear, above 0, in units of the output; default 1.</summary>
    [SettingRange(0, MinimumExclusive = true)]
    public double Delta { get; init; } = 1;
}
