using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>The rate is multiplied by a factor every so many steps.</summary>
public sealed record StepScheduleSettings : LearningRateScheduleSettings
{
    /// <summary>Steps between two changes, at least 1.</summary>
    [SettingRange(1)]
    public required int Every { get; init; }

    /// <summary>What the rate is multiplied by, above 0 and at most 1; default 0.1.</summary>
    [SettingRange(0, 1, MinimumExclusive = true)]
    public double Gamma { get; init; } = 0.1;
}
