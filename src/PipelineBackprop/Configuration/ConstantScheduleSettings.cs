namespace PipelineBackprop.Configuration;

/// <summary>The same rate in every step after the warm-up.</summary>
public sealed record ConstantScheduleSettings : LearningRateScheduleSettings;
