using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Output;

/// <summary>Where a training stands, gathered from its events; smooths what jumps from step to step. Not thread-safe.</summary>
internal sealed class TrainingProgress(TimeProvider time)
{
    private const double Smoothing = 0.95;
    private TrainingPlan? _plan;
    private long _started, _examples;
    private double _smoothed, _weight;

    public long Step { get; private set; }

    public long TotalSteps => _plan?.TotalSteps ?? 0;

    public long Epoch { get; private set; }

    public long Epochs => _plan is null ? 0 : (_plan.TotalSteps + _plan.StepsPerEpoch - 1) / Math.Max(1, _plan.StepsPerEpoch);

    /// <summary>L, smoothed over about twenty steps.</summary>
    public double Loss => _weight == 0 ? double.NaN : _smoothed / _weight;

    public double Regularization { get; private set; }

    public double Objective => Loss + Regularization;

    public EvaluationResult? Test { get; private set; }

    public double Part => TotalSteps == 0 ? 0 : (double)Step / TotalSteps;

    public TimeSpan Elapsed => _plan is null ? TimeSpan.Zero : time.GetElapsedTime(_started);

    public double ExamplesPerSecond => Elapsed > TimeSpan.Zero ? _examples / Elapsed.TotalSeconds : 0;

    /// <summary>Time left at the pace so far, or null before the first step.</summary>
    public TimeSpan? Remaining =>
        _plan is null || Step <= _plan.FirstStep ? null : Elapsed * ((TotalSteps - Step) / (double)(Step - _plan.FirstStep));

    public void Start(TrainingPlan plan)
    {
        (_plan, Step, _started) = (plan, plan.FirstStep, time.GetTimestamp());
        Epoch = Math.Min(Epochs, plan.FirstStep / Math.Max(1, plan.StepsPerEpoch) + 1);
    }

    public void Add(StepResult step)
    {
        Step = step.Step;
        Epoch = (step.Step - 1) / Math.Max(1, _plan!.StepsPerEpoch) + 1;
        _examples += step.Examples;
        _smoothed = Smoothing * _smoothed + (1 - Smoothing) * step.Loss;
        _weight = Smoothing * _weight + (1 - Smoothing);
        Regularization = step.Regularization;
    }

    public void Add(TrainingEvaluation evaluation) => Test = evaluation.Test;
}
