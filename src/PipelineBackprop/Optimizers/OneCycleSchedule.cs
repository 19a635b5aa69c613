using PipelineBackprop.Naming;

namespace PipelineBackprop.Optimizers;

/// <summary>
/// One cycle (Smith and Topin 2018) in the form and with the defaults of PyTorch's OneCycleLR: over the first 30 % of the steps the factor rises from 1/25 to 1 along
/// half a cosine, and then falls along another to 1/250,000 at the last step. The optimizer's learning rate is the peak.
/// </summary>
public sealed class OneCycleSchedule : LearningRateSchedule
{
    private const double StartDivisor = 25, EndDivisor = 1e4;

    /// <summary>Creates the schedule.</summary>
    /// <param name="rise">Share of the steps in which the learning rate rises, in (0, 1); default 0.3.</param>
    /// <param name="warmupSteps">Steps of linear rise to the start of the cycle; default 0.</param>
    public OneCycleSchedule(double rise = 0.3, int warmupSteps = 0) : base(warmupSteps)
    {
        if (rise is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(rise), rise, "The share of rising steps is above 0 and below 1.");
        Rise = rise;
    }

    /// <summary>How a run file names this schedule.</summary>
    internal static LearningRateScheduleKind Registration { get; } = new(
        "oneCycle",
        "The learning rate rises from a twenty-fifth to its full value and then falls to almost nothing.",
        [new("rise", SettingType.Number, "Share of the steps in which it rises, above 0 and below 1; default 0.3."), LearningRateScheduleKind.Warmup],
        settings =>
        {
            double rise = settings.Rise ?? 0.3;
            if (rise is not (> 0 and < 1)) throw SettingCheck.Impossible("rise", rise, "above 0 and below 1");
            return new OneCycleSchedule(rise, LearningRateScheduleKind.WarmupOf(settings));
        });

    /// <inheritdoc/>
    public override string Kind => "oneCycle";

    /// <summary>Share of the steps in which the learning rate rises.</summary>
    public double Rise { get; }

    /// <inheritdoc/>
    protected override double FactorAfterWarmup(long step, long steps)
    {
        const double Start = 1 / StartDivisor, End = Start / EndDivisor;
        double last = steps - 1, peak = Rise * steps - 1, at = Math.Min(step, last);
        // So few steps that the peak would lie before the first: only the fall is left.
        if (peak <= 0) return last <= 0 ? 1 : Between(1, End, at / last);
        return at <= peak ? Between(Start, 1, at / peak) : Between(1, End, (at - peak) / (last - peak));
    }

    private static double Between(double from, double to, double share) => to + (from - to) * 0.5 * (1 + Math.Cos(Math.PI * share));
}
