using PipelineBackprop.Data;
using PipelineBackprop.Losses;

namespace PipelineBackprop.Training;

/// <summary>Checks a trainer's options and data once; one sentence a fault.</summary>
internal static class TrainerOptionsValidator
{
    public static void Validate(Pipeline pipeline, TrainerOptions options, Dataset train, Dataset? test)
    {
        Require(options.BatchSize >= 1, $"batchSize must be at least 1, got {options.BatchSize}.");
        Require(options.Epochs >= 1, $"epochs must be at least 1, got {options.Epochs}.");
        Require(options.Steps is null or >= 1, $"steps must be at least 1, got {options.Steps}.");
        Require(options.EvaluateEverySteps is null or >= 1, $"evaluateEverySteps must be at least 1, got {options.EvaluateEverySteps}.");
        Require(options.EvaluateEveryEpochs is null or >= 1, $"evaluateEveryEpochs must be at least 1, got {options.EvaluateEveryEpochs}.");
        Require(options.CheckpointEverySteps is null or >= 1, $"checkpointEverySteps must be at least 1, got {options.CheckpointEverySteps}.");
        Require(options.CheckpointEveryEpochs is null or >= 1, $"checkpointEveryEpochs must be at least 1, got {options.CheckpointEveryEpochs}.");
        Require(train.Count >= 1, $"{train.Name} has no example to train on.");
        Require(
            !options.DropLast || train.Count >= options.BatchSize,
            $"dropLast leaves nothing to train on: {train.Name} has {train.Count} examples and batchSize is {options.BatchSize}.");
        ValidateData(pipeline, train);
        if (test is { Count: > 0 }) ValidateData(pipeline, test);
        if (options.EarlyStopping is not { } stopping) return;
        Require(stopping.Patience >= 1, $"earlyStopping.patience must be at least 1, got {stopping.Patience}.");
        Require(
            stopping.MinimumDelta is >= 0 and < double.PositiveInfinity,
            FormattableString.Invariant($"earlyStopping.minimumDelta must be at least 0 and finite, got {stopping.MinimumDelta}."));
        Require(test is { Count: > 0 }, $"earlyStopping needs a test set, and {train.Name} has none.");
        Require(
            options.EvaluateEverySteps is not null || options.EvaluateEveryEpochs is not null,
            "earlyStopping needs evaluations: set evaluateEverySteps or evaluateEveryEpochs, both of which are unset.");
        Require(
            stopping.Metric != EarlyStoppingMetric.TestAccuracy || pipeline.Options.Loss.Targets == TargetKind.ClassIndex,
            $"earlyStopping.metric testAccuracy needs a loss on classes, and {pipeline.Options.Loss} has none; testLoss works with every loss.");
    }

    private static void ValidateData(Pipeline pipeline, Dataset data)
    {
        Require(
            data.InputWidth == pipeline.Inputs,
            $"layer 0 ({pipeline.Options.Layers[0]}) expects {pipeline.Inputs} inputs, but {data.Name} has {data.InputWidth}.");
        Require(
            data.TargetWidth == pipeline.TargetWidth,
            $"the loss {pipeline.Options.Loss} on {pipeline.Outputs} outputs expects {pipeline.TargetWidth} target values an example, but {data.Name} has {data.TargetWidth}.");
        if (pipeline.Options.Loss.Targets == TargetKind.ClassIndex)
        {
            Require(
                data.ClassCount is > 0 && data.ClassCount <= pipeline.Outputs,
                data.ClassCount == 0
                    ? $"the loss {pipeline.Options.Loss} needs classes, but the targets of {data.Name} are values."
                    : $"the last layer has {pipeline.Outputs} outputs, but {data.Name} has {data.ClassCount} classes.");
        }
    }

    private static void Require(bool condition, string sentence)
    {
        if (!condition) throw new InvalidInputException(sentence);
    }
}
