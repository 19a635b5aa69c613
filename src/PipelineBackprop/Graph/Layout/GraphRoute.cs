namespace PipelineBackprop.Graph.Layout;

/// <summary>An arrow at its place: horizontal and vertical pieces from the frame of one node to that of the other.</summary>
public sealed record GraphRoute(GraphEdge Edge, GraphBox From, GraphBox To, IReadOnlyList<GraphPoint> Points);
