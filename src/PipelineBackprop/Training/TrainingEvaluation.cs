namespace PipelineBackprop.Training;

/// <summary>A measurement in the course of a training.</summary>
/// <param name="Step">After this many steps of the training.</param>
/// <param name="Epoch">After this many whole epochs.</param>
/// <param name="TrainLoss">Mean L of the steps since the last evaluation.</param>
/// <param name="Test">The test set.</param>
/// <param name="IsBest">Whether it is the best so far by the watched metric.</param>
public sealed record TrainingEvaluation(long Step, long Epoch, double TrainLoss, EvaluationResult Test, bool IsBest);
