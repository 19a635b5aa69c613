using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>The rate falls along half a cosine to a part of its full value, reached in the last step.</summary>
public sealed record CosineScheduleSettings : LearningRateScheduleSettings
{
    /// <summary>The part of the rate left at the end, 0 to 1; default 0.</summary>
    [SettingRange(0, 1)]
    public double Floor { get; init; }
}
