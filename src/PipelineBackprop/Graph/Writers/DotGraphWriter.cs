using System.Globalization;
using System.Text;

namespace PipelineBackprop.Graph.Writers;

/// <summary>Writes a graph for Graphviz: squares and circles, stages as clusters, kept values dashed. A pure function.</summary>
public static class DotGraphWriter
{
    /// <summary>The text of a .dot file.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="title">What stands above it.</param>
    public static string Write(ComputationalGraph graph, string title)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(title);
        var text = new StringBuilder();
        text.Append("digraph computation {\n  rankdir=LR\n  labelloc=t\n");
        text.Append(CultureInfo.InvariantCulture, $"  label={Quoted(title)}\n");
        text.Append("  fontname=\"DejaVu Sans\"\n  node [fontname=\"DejaVu Sans\", fontsize=11, style=filled, fillcolor=white]\n  edge [color=\"#3b4149\"]\n");
        foreach (GraphStage stage in graph.Stages)
        {
            text.Append(CultureInfo.InvariantCulture, $"  subgraph cluster_stage{stage.Index} {{\n    label={Quoted(GraphWords.Of(stage))}\n");
            text.Append(CultureInfo.InvariantCulture, $"    style=filled\n    color=\"{StageColours.Ground(stage.Index)}\"\n    node [color=\"{StageColours.Ink(stage.Index)}\"]\n");
            foreach (GraphNode node in graph.Nodes.Where(node => node.Stage == stage.Index)) WriteNode(text, node);
            text.Append("  }\n");
        }
        foreach (GraphEdge edge in graph.Edges)
        {
            // Backward arrows are given from head to tail, so that a gradient is ranked beside its variable.
            bool isBackward = edge.Kind == GraphEdgeKind.Flow && graph[edge.To].Lane >= GraphLane.Gradient;
            string style = edge.Kind == GraphEdgeKind.Kept ? " [style=dashed, constraint=false]" : isBackward ? " [dir=back]" : "";
            text.Append(CultureInfo.InvariantCulture, $"  {(isBackward ? edge.To : edge.From)} -> {(isBackward ? edge.From : edge.To)}{style}\n");
        }
        return text.Append("}\n").ToString();
    }

    private static void WriteNode(StringBuilder text, GraphNode node)
    {
        string shape = node.Kind == GraphNodeKind.Operator ? "circle" : "square", width = node.IsKept ? ", penwidth=3" : "";
        // A caption within a circle would make it as large as the words.
        string caption = node.Kind == GraphNodeKind.Operator && node.Caption.Length > 0 ? $", xlabel={Quoted(node.Caption)}" : "";
        text.Append(CultureInfo.InvariantCulture, $"    {node.Id} [shape={shape}{width}, label={Quoted(string.Join('\n', GraphWords.Lines(node)))}{caption}]\n");
    }

    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
