namespace PipelineBackprop.Graph;

/// <summary>What a node of the computational graph is.</summary>
public enum GraphNodeKind
{
    /// <summary>A value: a square.</summary>
    Variable,

    /// <summary>A function of values: a circle.</summary>
    Operator,
}
