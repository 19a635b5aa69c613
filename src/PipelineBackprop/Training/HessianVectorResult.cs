namespace PipelineBackprop.Training;

/// <summary>The objective and a product with its Hessian at the current parameters.</summary>
/// <param name="Loss">L.</param>
/// <param name="Regularization">s.</param>
/// <param name="Product">Hv for every parameter (λv included where decay is coupled), row-major, in layer order.</param>
public sealed record HessianVectorResult(double Loss, double Regularization, IReadOnlyList<ParameterValues> Product)
{
    /// <summary>J = L + s.</summary>
    public double Objective => Loss + Regularization;
}
