namespace PipelineBackprop.Layers;

/// <summary>A parameter as an operator uses it.</summary>
/// <param name="Index">Its place in <see cref="Layer.Parameters"/>.</param>
/// <param name="Letter">What formulas call it: W, b, γ, β.</param>
/// <param name="Gradient">The operator that makes its gradient of one micro-batch: × for a product, Σ for a sum over the examples.</param>
/// <param name="Needs">What that operator takes besides the gradient of the result.</param>
public sealed record OperationParameter(int Index, string Letter, string Gradient, GradientNeeds Needs);
