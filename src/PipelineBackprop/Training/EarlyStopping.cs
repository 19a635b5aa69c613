namespace PipelineBackprop.Training;

/// <summary>Ends a training that no longer improves and gives back the best parameters it had.</summary>
/// <param name="Metric">What must improve; default the test loss.</param>
/// <param name="Patience">Evaluations without improvement before the end, at least 1; default 3.</param>
/// <param name="MinimumDelta">How much better counts as better, at least 0; default 0.</param>
public sealed record EarlyStopping(EarlyStoppingMetric Metric = EarlyStoppingMetric.TestLoss, int Patience = 3, double MinimumDelta = 0);
