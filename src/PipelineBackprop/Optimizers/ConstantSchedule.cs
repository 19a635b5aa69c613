namespace PipelineBackprop.Optimizers;

/// <summary>The same learning rate in every step after the warm-up: factor 1.</summary>
public sealed class ConstantSchedule(int warmupSteps = 0) : LearningRateSchedule(warmupSteps)
{
    /// <summary>No change at all.</summary>
    public static ConstantSchedule Instance { get; } = new();

    /// <summary>How a run file names this schedule.</summary>
    internal static LearningRateScheduleKind Registration { get; } = new(
        "constant", "The same learning rate in every step.", [LearningRateScheduleKind.Warmup],
        settings => new ConstantSchedule(LearningRateScheduleKind.WarmupOf(settings)));

    /// <inheritdoc/>
    public override string Kind => "constant";

    /// <inheritdoc/>
    protected override double FactorAfterWarmup(long step, long steps) => 1;
}
