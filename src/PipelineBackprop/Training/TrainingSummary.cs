namespace PipelineBackprop.Training;

/// <summary>What a training came to.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Steps">Steps of the training in all, those before a resume included.</param>
/// <param name="Epochs">Whole epochs.</param>
/// <param name="Train">The training set, measured at the end; null when interrupted.</param>
/// <param name="Test">The test set, measured at the end; null when interrupted or without one.</param>
/// <param name="Regularization">s at the end.</param>
/// <param name="ExamplesPerSecond">Training examples over the time spent in steps, of this process.</param>
/// <param name="Duration">Time of this training in this process, evaluations and checkpoints included.</param>
/// <param name="PeakMemory">What the ledger saw.</param>
/// <param name="CheckpointDirectory">The last checkpoint, or null.</param>
/// <param name="Staleness">Updates by which gradients were taken at older weights than those they changed: 0, or 1 with an asynchronous schedule.</param>
public sealed record TrainingSummary(
    TrainingEnd End, long Steps, long Epochs, EvaluationResult? Train, EvaluationResult? Test, double Regularization,
    double ExamplesPerSecond, TimeSpan Duration, MemoryReport PeakMemory, string? CheckpointDirectory, int Staleness)
{
    /// <summary>Of the steps, those whose update loss scaling left out; null without loss scaling.</summary>
    public long? SkippedSteps { get; init; }

    /// <summary>J = L + s on the training set; null when interrupted.</summary>
    public double? Objective => Train?.Loss + Regularization;
}
