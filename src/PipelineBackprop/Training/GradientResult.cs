namespace PipelineBackprop.Training;

/// <summary>The objective and its gradient at the current parameters.</summary>
/// <param name="Loss">L.</param>
/// <param name="Regularization">s.</param>
/// <param name="Gradients">∂J/∂θ of every parameter (λW included where decay is coupled), row-major, in layer order.</param>
public sealed record GradientResult(double Loss, double Regularization, IReadOnlyList<ParameterValues> Gradients)
{
    /// <summary>J = L + s.</summary>
    public double Objective => Loss + Regularization;
}
