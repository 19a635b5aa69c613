using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>What happens in a training, one object a line; the same in metrics.jsonl and for --json.</summary>
internal static class TrainingEvents
{
    public const string StepName = "step", EvaluationName = "evaluation";

    public static object Started(RunStart start, TrainingPlan plan) => new
    {
        @event = "started",
        name = start.Name,
        folder = start.Folder,
        model = start.Model,
        parameters = start.Parameters,
        firstStep = plan.FirstStep,
        totalSteps = plan.TotalSteps,
        stepsPerEpoch = plan.StepsPerEpoch,
        trainExamples = plan.TrainExamples,
        testExamples = plan.TestExamples,
    };

    public static object Step(StepResult step, long epoch) => new
    {
        @event = StepName,
        step = step.Step,
        epoch,
        loss = step.Loss,
        regularization = step.Regularization,
        objective = step.Objective,
        gradientNorm = step.GradientNorm,
        learningRate = step.LearningRate,
        examples = step.Examples,
        staleness = step.Staleness,
        milliseconds = step.Duration.TotalMilliseconds,
    };

    public static object Evaluation(TrainingEvaluation evaluation) => new
    {
        @event = EvaluationName,
        step = evaluation.Step,
        epoch = evaluation.Epoch,
        trainLoss = evaluation.TrainLoss,
        testLoss = evaluation.Test.Loss,
        testAccuracy = evaluation.Test.Accuracy,
        isBest = evaluation.IsBest,
    };

    public static object Checkpoint(long step, string directory) => new { @event = "checkpoint", step, directory };
}
