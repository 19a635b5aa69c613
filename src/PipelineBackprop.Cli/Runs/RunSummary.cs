using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>What a run came to, as summary.json and the last line of --json say it.</summary>
internal sealed record RunSummary
{
    public required string Name { get; init; }

    public required string Folder { get; init; }

    public required string Model { get; init; }

    /// <summary>completed, stoppedEarly or interrupted.</summary>
    public required string End { get; init; }

    public required long Parameters { get; init; }

    public required long Steps { get; init; }

    /// <summary>Of the steps, those whose update loss scaling left out; null without loss scaling.</summary>
    public long? SkippedSteps { get; init; }

    public required long Epochs { get; init; }

    /// <summary>L on the training data at the end; null when interrupted.</summary>
    public double? TrainLoss { get; init; }

    public double? TrainAccuracy { get; init; }

    public double? TestLoss { get; init; }

    public double? TestAccuracy { get; init; }

    /// <summary>s at the end.</summary>
    public required double Regularization { get; init; }

    /// <summary>√Σ‖W‖²_F at the end, over the parameters that decay; whatever λ is.</summary>
    public required double WeightNorm { get; init; }

    /// <summary>J = L + s on the training data; null when interrupted.</summary>
    public double? Objective { get; init; }

    /// <summary>Updates by which gradients were taken at older weights than those they changed; 0 unless the schedule is asynchronous.</summary>
    public required int Staleness { get; init; }

    public required double ExamplesPerSecond { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Measured peak memory of parameters, gradients, state, stash and workspace over all stages.</summary>
    public required long PeakBytes { get; init; }

    public required long PredictedPeakBytes { get; init; }

    public required MemoryReport PeakMemory { get; init; }

    public required MemoryReport PredictedMemory { get; init; }

    public string? Checkpoint { get; init; }

    public static RunSummary Of(RunFolder folder, Pipeline pipeline, MemoryReport predicted, TrainingSummary summary, double weightNorm) => new()
    {
        Name = folder.Name,
        Folder = folder.FullPath,
        Model = ModelDescription.Of(pipeline.Options),
        End = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(summary.End.ToString()),
        Parameters = pipeline.Options.Layers.Sum(layer => layer.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount)),
        Steps = summary.Steps,
        SkippedSteps = summary.SkippedSteps,
        Epochs = summary.Epochs,
        TrainLoss = summary.Train?.Loss,
        TrainAccuracy = summary.Train?.Accuracy,
        TestLoss = summary.Test?.Loss,
        TestAccuracy = summary.Test?.Accuracy,
        Regularization = summary.Regularization,
        WeightNorm = weightNorm,
        Objective = summary.Objective,
        Staleness = summary.Staleness,
        ExamplesPerSecond = summary.ExamplesPerSecond,
        Seconds = summary.Duration.TotalSeconds,
        PeakBytes = summary.PeakMemory.Total,
        PredictedPeakBytes = predicted.Total,
        PeakMemory = summary.PeakMemory,
        PredictedMemory = predicted,
        Checkpoint = summary.CheckpointDirectory,
    };
}
