namespace PipelineBackprop.Training;

/// <summary>A model measured on a data set.</summary>
/// <param name="Loss">L, the mean loss over all examples.</param>
/// <param name="Accuracy">Fraction of examples whose largest output is their class, in [0, 1]; null when targets are not classes.</param>
/// <param name="Examples">How many examples.</param>
/// <param name="Duration">How long it took.</param>
public sealed record EvaluationResult(double Loss, double? Accuracy, int Examples, TimeSpan Duration);
