using PipelineBackprop.Training;

namespace PipelineBackprop.Tests.Training;

/// <summary>Writes down what a trainer tells.</summary>
internal sealed class Observer : ITrainingObserver
{
    public Action<TrainingPlan>? OnStart { get; init; }

    public Action<StepResult>? OnStep { get; init; }

    public List<long> Saved { get; } = [];

    public List<TrainingEvaluation> Evaluations { get; } = [];

    public List<StepResult> Steps { get; } = [];

    public void Started(TrainingPlan plan) => OnStart?.Invoke(plan);

    public void StepEnded(StepResult step, long epoch)
    {
        Steps.Add(step);
        OnStep?.Invoke(step);
    }

    public void Evaluated(TrainingEvaluation evaluation) => Evaluations.Add(evaluation);

    public void CheckpointSaved(long step, string directory) => Saved.Add(step);
}
