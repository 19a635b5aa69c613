namespace PipelineBackprop.Blocks;

/// <summary>A stage's sums after its backward pass, one entry a parameter in layer order.</summary>
/// <param name="GradientSquares">‖∂L/∂θ‖² of each parameter.</param>
/// <param name="Regularization">λ/2 ‖θ‖² of each parameter; 0 where it does not decay into the objective.</param>
internal sealed record GradientReport(double[] GradientSquares, double[] Regularization);
