using PipelineBackprop.Naming;

namespace PipelineBackprop.Optimizers;

/// <summary>The learning rate falls along half a cosine (Loshchilov and Hutter 2017, without restarts): factor floor + (1 − floor) · ½ (1 + cos(π t / n)) at step t of n.</summary>
public sealed class CosineSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="floor">The factor at the end, in [0, 1]; default 0.</param>
    /// <param name="warmupSteps">Steps of linear rise before; default 0.</param>
    public CosineSchedule(double floor = 0, int warmupSteps = 0) : base(warmupSteps)
    {
        if (floor is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(floor), floor, "The floor is from 0 to 1.");
        Floor = floor;
    }

    /// <summary>How a run file names this schedule.</summary>
    internal static LearningRateScheduleKind Registration { get; } = new(
        "cosine", "The learning rate falls along half a cosine to a floor.", [LearningRateScheduleKind.FloorSetting, LearningRateScheduleKind.Warmup],
        settings => new CosineSchedule(SettingCheck.Fraction("floor", settings.Floor ?? 0), LearningRateScheduleKind.WarmupOf(settings)));

    /// <inheritdoc/>
    public override string Kind => "cosine";

    /// <summary>The factor at the end.</summary>
    public double Floor { get; }

    /// <inheritdoc/>
    protected override double FactorAfterWarmup(long step, long steps)
    {
        double progress = Math.Min(1, (double)step / steps);
        return Floor + (1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * progress));
    }
}
