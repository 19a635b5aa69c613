using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>The rate rises to its full value and falls to almost nothing, both along half a cosine (Smith and Topin 2018).</summary>
public sealed record OneCycleScheduleSettings : LearningRateScheduleSettings
{
    /// <summary>The part of the steps in which the rate rises, above 0 and below 1; default 0.3.</summary>
    [SettingRange(0, 1, MinimumExclusive = true, MaximumExclusive = true)]
    public double Rise { get; init; } = 0.3;
}
