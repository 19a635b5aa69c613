namespace PipelineBackprop.Graph.Layout;

/// <summary>A node at its place.</summary>
/// <param name="Node">The node.</param>
/// <param name="Frame">Its square or circle.</param>
/// <param name="Caption">Where an operator's caption stands, or null.</param>
/// <param name="IsRepeated">Whether this is the second drawing of a variable, at the start of the row that goes on from it.</param>
public sealed record GraphBox(GraphNode Node, GraphRectangle Frame, GraphRectangle? Caption = null, bool IsRepeated = false);
