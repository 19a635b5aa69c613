using System.Globalization;
using System.Text;

namespace PipelineBackprop.Graph.Writers;

/// <summary>Writes a graph for Mermaid, which many sites draw from the text: squares and circles, stages as subgraphs, kept values dotted. A pure function.</summary>
public static class MermaidGraphWriter
{
    /// <summary>The text of a .mmd file.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="title">What stands above it.</param>
    public static string Write(ComputationalGraph graph, string title)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(title);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"---\ntitle: {YamlQuoted(title)}\n---\nflowchart LR\n");
        foreach (GraphStage stage in graph.Stages)
        {
            text.Append(CultureInfo.InvariantCulture, $"  subgraph stage{stage.Index} [{Quoted(GraphWords.Of(stage))}]\n");
            foreach (GraphNode node in graph.Nodes.Where(node => node.Stage == stage.Index))
            {
                IEnumerable<string> lines = node.Kind == GraphNodeKind.Operator && node.Caption.Length > 0 ? [.. GraphWords.Lines(node), node.Caption] : GraphWords.Lines(node);
                string label = Quoted(string.Join("<br>", lines));
                text.Append(CultureInfo.InvariantCulture, $"    {Id(node.Id)}{(node.Kind == GraphNodeKind.Operator ? $"(({label}))" : $"[{label}]")}\n");
            }
            text.Append("  end\n");
        }
        foreach (GraphEdge edge in graph.Edges)
            text.Append(CultureInfo.InvariantCulture, $"  {Id(edge.From)} {(edge.Kind == GraphEdgeKind.Kept ? "-.->" : "-->")} {Id(edge.To)}\n");
        foreach (GraphStage stage in graph.Stages)
        {
            text.Append(CultureInfo.InvariantCulture, $"  classDef s{stage.Index} fill:#ffffff,stroke:{StageColours.Ink(stage.Index)},color:#1b1f24\n");
            text.Append(CultureInfo.InvariantCulture, $"  class {string.Join(',', graph.Nodes.Where(node => node.Stage == stage.Index).Select(node => Id(node.Id)))} s{stage.Index}\n");
            text.Append(CultureInfo.InvariantCulture, $"  style stage{stage.Index} fill:{StageColours.Ground(stage.Index)},stroke:{StageColours.Ink(stage.Index)},color:#1b1f24\n");
        }
        if (graph.Nodes.Where(node => node.IsKept).Select(node => Id(node.Id)).ToArray() is { Length: > 0 } kept)
            text.Append(CultureInfo.InvariantCulture, $"  classDef kept stroke-width:3px\n  class {string.Join(',', kept)} kept\n");
        return text.ToString();
    }

    // Mermaid reads an o or x behind an arrow as its head, so no id begins with one.
    private static string Id(string id) => "n_" + id;

    // The title stands above the graph in YAML, where a backslash begins an escape.
    private static string YamlQuoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal) + "\"";

    private static string Quoted(string text) =>
        "\"" + text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal) + "\"";
}
