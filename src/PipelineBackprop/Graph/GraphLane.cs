namespace PipelineBackprop.Graph;

/// <summary>The rows of the picture, from the top. The input is at the lower left of the forward pass and J at its upper right; the backward pass is below it.</summary>
public enum GraphLane
{
    /// <summary>Weight decay and the objective: ℓ₂, s, +, J.</summary>
    Objective,

    /// <summary>Parameters: W, b.</summary>
    Parameter,

    /// <summary>The chain from x to L.</summary>
    Chain,

    /// <summary>The targets y.</summary>
    Target,

    /// <summary>The chain of gradients, from ∂J/∂L back.</summary>
    Gradient,

    /// <summary>The operators that make parameter gradients.</summary>
    ParameterProduct,

    /// <summary>What weight decay adds to them.</summary>
    Decay,

    /// <summary>Gradients of parameters: ∂J/∂W.</summary>
    ParameterGradient,
}
