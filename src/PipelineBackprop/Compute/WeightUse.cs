namespace PipelineBackprop.Compute;

/// <summary>The product that a weight [out×in] is packed for.</summary>
public enum WeightUse
{
    /// <summary>z = x Wᵀ, the forward action.</summary>
    Forward,

    /// <summary>∂L/∂x = ∂L/∂z W, the input gradient.</summary>
    InputGradient,
}
