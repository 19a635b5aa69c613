namespace PipelineBackprop.Graph;

/// <summary>An arrow of the computational graph.</summary>
/// <param name="From">The id of the node it leaves.</param>
/// <param name="To">The id of the node it enters.</param>
/// <param name="Kind">What flows along it.</param>
public sealed record GraphEdge(string From, string To, GraphEdgeKind Kind = GraphEdgeKind.Flow);
