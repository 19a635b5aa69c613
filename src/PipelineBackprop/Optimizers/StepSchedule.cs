using PipelineBackprop.Naming;

namespace PipelineBackprop.Optimizers;

/// <summary>The learning rate drops by a factor every so many steps: factor γ^⌊t / every⌋.</summary>
public sealed class StepSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="every">Steps between two drops, at least 1.</param>
    /// <param name="gamma">γ, what a drop multiplies by; in (0, 1]; default 0.1.</param>
    /// <param name="warmupSteps">Steps of linear rise before; default 0.</param>
    public StepSchedule(int every, double gamma = 0.1, int warmupSteps = 0) : base(warmupSteps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        if (gamma is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "γ is above 0 and at most 1.");
        Every = every;
        Gamma = gamma;
    }

    /// <summary>How a run file names this schedule.</summary>
    internal static LearningRateScheduleKind Registration { get; } = new(
        "step",
        "The learning rate drops by a factor every so many steps.",
        [
            new("every", SettingType.Integer, "Steps between two drops, at least 1.", IsRequired: true),
            new("gamma", SettingType.Number, "What a drop multiplies by, above 0 and at most 1; default 0.1."),
            LearningRateScheduleKind.Warmup,
        ],
        settings =>
        {
            double gamma = settings.Gamma ?? 0.1;
            if (gamma is not (> 0 and <= 1)) throw SettingCheck.Impossible("gamma", gamma, "above 0 and at most 1");
            return new StepSchedule(SettingCheck.AtLeast("every", settings.Every!.Value, 1), gamma, LearningRateScheduleKind.WarmupOf(settings));
        });

    /// <inheritdoc/>
    public override string Kind => "step";

    /// <summary>Steps between two drops.</summary>
    public int Every { get; }

    /// <summary>γ.</summary>
    public double Gamma { get; }

    /// <inheritdoc/>
    protected override double FactorAfterWarmup(long step, long steps) => Math.Pow(Gamma, step / Every);
}
