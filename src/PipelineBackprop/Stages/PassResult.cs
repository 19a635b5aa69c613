namespace PipelineBackprop.Stages;

/// <summary>What a pass that ended well has to say.</summary>
/// <param name="Loss">L.</param>
/// <param name="Regularization">s.</param>
/// <param name="GradientNorm">‖∂L/∂θ‖ over all parameters, before clipping; 0 in forward-only passes.</param>
/// <param name="Skipped">Whether gradients were not finite and the update was left out.</param>
/// <param name="LossSums">The sums of l over each micro-batch's examples, in order; zeros in prediction.</param>
internal sealed record PassResult(double Loss, double Regularization, double GradientNorm, bool Skipped, IReadOnlyList<double> LossSums);
