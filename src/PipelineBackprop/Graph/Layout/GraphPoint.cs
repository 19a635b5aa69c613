namespace PipelineBackprop.Graph.Layout;

/// <summary>A place in the picture.</summary>
/// <param name="X">From the left, in pixels.</param>
/// <param name="Y">From the top, in pixels.</param>
public readonly record struct GraphPoint(double X, double Y);
