using PipelineBackprop.Tensors;

namespace PipelineBackprop.Graph;

/// <summary>A square or a circle of the computational graph. Immutable.</summary>
/// <param name="Id">A name of letters, digits and underscores, unique in its graph.</param>
/// <param name="Kind">Variable or operator.</param>
/// <param name="Name">What formulas call it; for an operator its symbol.</param>
/// <param name="Column">Its place along the chain from x to J, from 0; a gradient stands at the place of its variable.</param>
/// <param name="Lane">Its row.</param>
public sealed record GraphNode(string Id, GraphNodeKind Kind, GraphName Name, int Column, GraphLane Lane)
{
    /// <summary>A few words below the name: the function of an operator, the value of a constant; default empty.</summary>
    public string Caption { get; init; } = "";

    /// <summary>The shape of a variable; null for an operator, a scalar and the parameters of many layers together.</summary>
    public Shape? Shape { get; init; }

    /// <summary>Bytes of a variable, for one micro-batch where it depends on one; 0 for an operator.</summary>
    public long Bytes { get; init; }

    /// <summary>Index of the layer it belongs to, of the first where several are drawn as one; −1 for the loss and what follows.</summary>
    public int Layer { get; init; } = -1;

    /// <summary>The stage it belongs to, from 0.</summary>
    public int Stage { get; init; }

    /// <summary>For a gradient the id of the variable it is the gradient of; else null.</summary>
    public string? GradientOf { get; init; }

    /// <summary>Whether a layer's backward pass uses it, so that it is kept until then; of activations only.</summary>
    public bool IsKept { get; init; }
}
