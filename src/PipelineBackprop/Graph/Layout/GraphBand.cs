namespace PipelineBackprop.Graph.Layout;

/// <summary>The ground of a stage in one row of the picture.</summary>
public sealed record GraphBand(GraphStage Stage, GraphRectangle Frame);
