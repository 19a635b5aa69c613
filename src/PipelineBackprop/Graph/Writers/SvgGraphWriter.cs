using System.Globalization;
using PipelineBackprop.Graph.Layout;

namespace PipelineBackprop.Graph.Writers;

/// <summary>Writes a graph as a picture: the layout of <see cref="GraphLayout"/> with a head that names the stages and a key below. A pure function.</summary>
public static class SvgGraphWriter
{
    private const string Ink = "#1b1f24", Quiet = "#4a525c", Forward = "#2f3640", Backward = "#b3261e", Kept = "#8a6d3b";
    private const double LeastWidth = 900, TitleHeight = 40, StageLine = 21, KeyHeight = 44;

    /// <summary>The text of an .svg file.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="title">What stands above it.</param>
    public static string Write(ComputationalGraph graph, string title)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(title);
        GraphLayout layout = GraphLayout.Of(graph);
        double head = TitleHeight + graph.Stages.Count * StageLine + 8;
        double width = Math.Max(Math.Max(LeastWidth, layout.Width), graph.Stages.Max(stage => GraphText.Width(GraphWords.Of(stage), 12.5) + 80));
        var svg = new SvgText(width, head + layout.Height + KeyHeight, GraphText.Width(title, 17) > width ? 14 : 17);
        svg.Title(26, 30, title);
        foreach (GraphStage stage in graph.Stages) WriteStage(svg, stage, TitleHeight + 6 + stage.Index * StageLine);
        svg.Open((Math.Max(layout.Width, width) - layout.Width) / 2, head);
        foreach (GraphBand band in layout.Bands) WriteBand(svg, band);
        foreach (GraphRoute route in layout.Routes.OrderBy(route => route.Edge.Kind == GraphEdgeKind.Flow)) WriteRoute(svg, route);
        foreach (GraphBox box in layout.Boxes) WriteBox(svg, box);
        svg.Close();
        WriteKey(svg, graph, head + layout.Height + 14);
        return svg.End();
    }

    private static void WriteStage(SvgText svg, GraphStage stage, double y)
    {
        svg.Rectangle(new GraphRectangle(26, y, 13, 13), 3, StageColours.Ground(stage.Index), StageColours.Ink(stage.Index), 1.5);
        svg.Text(48, y + 11, GraphWords.Of(stage), 12.5, Ink, "start");
    }

    private static void WriteBand(SvgText svg, GraphBand band)
    {
        svg.Rectangle(band.Frame, 10, StageColours.Ground(band.Stage.Index), "none", 0);
        svg.Text(band.Frame.X + 12, band.Frame.Y + 18, string.Create(CultureInfo.InvariantCulture, $"stage {band.Stage.Index}"), 12, StageColours.Ink(band.Stage.Index), "start", bold: true);
    }

    private static void WriteRoute(SvgText svg, GraphRoute route)
    {
        bool isKept = route.Edge.Kind == GraphEdgeKind.Kept, isBackward = route.To.Node.Lane >= GraphLane.Gradient;
        (string colour, string head) = isKept ? (Kept, "kept") : isBackward ? (Backward, "backward") : (Forward, "forward");
        svg.Arrow(route.Points, colour, head, isKept);
    }

    private static void WriteBox(SvgText svg, GraphBox box)
    {
        GraphNode node = box.Node;
        string ink = StageColours.Ink(node.Stage);
        if (node.Kind == GraphNodeKind.Operator)
        {
            svg.Circle(box.Frame, "#ffffff", ink);
            svg.Text(box.Frame.CenterX, box.Frame.CenterY + 5.5, node.Name.Base, GraphText.NameSize, Ink, "middle");
            if (box.Caption is { } caption) svg.Text(caption.CenterX, caption.Bottom - 4, node.Caption, GraphText.CaptionSize, Quiet, "middle");
            return;
        }
        svg.Rectangle(box.Frame, 3, "#ffffff", ink, node.IsKept ? 3.2 : 1.4, box.IsRepeated ? "5 4" : null);
        IReadOnlyList<string> details = GraphText.Details(node);
        double y = box.Frame.Y + 21;
        svg.Name(box.Frame.CenterX, y, node.Name, GraphText.NameSize, Ink);
        for (int i = 0; i < details.Count; i++) svg.Text(box.Frame.CenterX, y + 17 + i * 15, details[i], GraphText.DetailSize, Quiet, "middle");
    }

    private static void WriteKey(SvgText svg, ComputationalGraph graph, double y)
    {
        double x = 26;
        svg.Rectangle(new GraphRectangle(x, y, 14, 14), 2, "#ffffff", Ink, 1.4);
        x = Word(svg, x + 22, y, "variable");
        svg.Circle(new GraphRectangle(x, y - 1, 16, 16), "#ffffff", Ink);
        x = Word(svg, x + 24, y, "operator");
        if (graph.Nodes.Any(node => node.IsKept))
        {
            svg.Rectangle(new GraphRectangle(x, y, 14, 14), 2, "#ffffff", Ink, 3.2);
            x = Word(svg, x + 22, y, "kept for the backward pass");
        }
        if (graph.Nodes.All(node => node.Lane < GraphLane.Gradient)) return;
        svg.Arrow([new(x, y + 7), new(x + 30, y + 7)], Forward, "forward", false);
        x = Word(svg, x + 38, y, "value");
        svg.Arrow([new(x, y + 7), new(x + 30, y + 7)], Backward, "backward", false);
        x = Word(svg, x + 38, y, "gradient");
        svg.Arrow([new(x, y + 7), new(x + 30, y + 7)], Kept, "kept", true);
        Word(svg, x + 38, y, "value used again");
    }

    private static double Word(SvgText svg, double x, double y, string word)
    {
        svg.Text(x, y + 12, word, 12.5, Ink, "start");
        return x + GraphText.Width(word, 12.5) + 22;
    }
}
