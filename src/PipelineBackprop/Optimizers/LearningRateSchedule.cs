namespace PipelineBackprop.Optimizers;

/// <summary>
/// How the learning rate changes over a run: a pure function of the step, so a resumed run continues where it stopped. The first
/// <see cref="WarmupSteps"/> steps rise linearly to where the schedule proper starts, which then has the remaining steps. Immutable and thread-safe.
/// </summary>
public abstract class LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="warmupSteps">Steps of linear rise, at least 0.</param>
    protected LearningRateSchedule(int warmupSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        WarmupSteps = warmupSteps;
    }

    /// <summary>The name in a run file.</summary>
    public abstract string Kind { get; }

    /// <summary>Steps of linear rise: step t of them, from 0, has the share (t + 1) / WarmupSteps of the schedule's first factor.</summary>
    public int WarmupSteps { get; }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="learningRate">The optimizer's learning rate, which the schedule scales.</param>
    /// <param name="step">The step, from 0. Beyond the last the formula goes on: a fall to an end stays there, a warm-up goes on rising and drops go on.</param>
    /// <param name="totalSteps">Steps of the whole run, warm-up included, at least 1.</param>
    public double Rate(double learningRate, long step, long totalSteps) => learningRate * Factor(step, totalSteps);

    /// <summary>The share of the optimizer's learning rate in a step; parameters as in <see cref="Rate"/>.</summary>
    public double Factor(long step, long totalSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        long steps = Math.Max(1, totalSteps - WarmupSteps);
        return step < WarmupSteps ? FactorAfterWarmup(0, steps) * (step + 1) / WarmupSteps : FactorAfterWarmup(step - WarmupSteps, steps);
    }

    /// <summary>The factor of step <paramref name="step"/>, from 0, of <paramref name="steps"/> after the warm-up; steps beyond the last may be asked for.</summary>
    protected abstract double FactorAfterWarmup(long step, long steps);
}
