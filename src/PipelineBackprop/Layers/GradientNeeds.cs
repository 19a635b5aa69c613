namespace PipelineBackprop.Layers;

/// <summary>Which values of the forward pass a gradient is computed from; what is named here has to be kept until then.</summary>
[Flags]
public enum GradientNeeds
{
    /// <summary>None: the gradient that comes in is enough.</summary>
    None = 0,

    /// <summary>The value the operator took.</summary>
    Input = 1,

    /// <summary>The value the operator gave.</summary>
    Output = 2,

    /// <summary>The operator's parameters.</summary>
    Parameters = 4,
}
