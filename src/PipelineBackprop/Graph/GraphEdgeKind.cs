namespace PipelineBackprop.Graph;

/// <summary>What flows along an edge.</summary>
public enum GraphEdgeKind
{
    /// <summary>A value or gradient on its way through its pass.</summary>
    Flow,

    /// <summary>A value of the forward pass, kept until the backward pass uses it.</summary>
    Kept,
}
