using System.Runtime.CompilerServices;
using System.Xml.Linq;
using CsCheck;
using PipelineBackprop.Graph;
using PipelineBackprop.Graph.Layout;
using PipelineBackprop.Graph.Writers;
using Xunit;

namespace PipelineBackprop.Tests.Graph;

public sealed class GraphWriterTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Theory]
    [InlineData("chapter.dot", false)]
    [InlineData("chapter-backward.dot", true)]
    [InlineData("chapter.mmd", false)]
    [InlineData("chapter-backward.mmd", true)]
    public void The_chapters_network_is_written_as_the_file_beside_this_test(string file, bool backward)
    {
        ComputationalGraph graph = ComputationalGraph.Of(GraphModels.Chapter(backward));
        string written = file.EndsWith(".dot", StringComparison.Ordinal) ? DotGraphWriter.Write(graph, "the chapter's network") : MermaidGraphWriter.Write(graph, "the chapter's network");

        Assert.Equal(File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "Golden", file)), written);
    }

    [Fact]
    public void Svg_AnyNetwork_IsWellFormedWithEveryNodeAndArrow() => GraphModels.Any.Sample(model =>
    {
        ComputationalGraph graph = ComputationalGraph.Of(model);
        XElement picture = XElement.Parse(SvgGraphWriter.Write(graph, "a < b & \"c\""));

        GraphLayout layout = GraphLayout.Of(graph);
        XElement drawing = Assert.Single(picture.Elements(s_svg + "g"));
        Assert.Equal("a < b & \"c\"", picture.Element(s_svg + "title")!.Value);
        Assert.Equal(layout.Boxes.Count(box => box.Node.Kind == GraphNodeKind.Operator), drawing.Elements(s_svg + "circle").Count());
        Assert.Equal(layout.Boxes.Count(box => box.Node.Kind == GraphNodeKind.Variable) + layout.Bands.Count, drawing.Elements(s_svg + "rect").Count());
        Assert.Equal(graph.Edges.Count, drawing.Elements(s_svg + "path").Count());
    }, iter: 60);

    [Fact]
    public void Svg_ATitleOfAnyCharacters_IsWellFormed()
    {
        string title = "nul \0, control \u0001, no character \uFFFE, half a pair " + '\uD800' + ", ]]> \U0001F600";
        XElement picture = XElement.Parse(SvgGraphWriter.Write(ComputationalGraph.Of(GraphModels.Chapter(backward: false)), title));

        Assert.Equal("nul \uFFFD, control \uFFFD, no character \uFFFD, half a pair \uFFFD, ]]> \U0001F600", picture.Element(s_svg + "title")!.Value);
    }

    [Fact]
    public void Mermaid_ATitleWithBackslashesAndQuotes_IsAYamlString() => Assert.StartsWith(
        "---\ntitle: \"C:\\\\runs\\\\x is \\\"mine\\\"\\n& yours\"\n---\nflowchart LR\n",
        MermaidGraphWriter.Write(ComputationalGraph.Of(GraphModels.Chapter(backward: false)), "C:\\runs\\x is \"mine\"\n& yours"), StringComparison.Ordinal);

    [Fact]
    public void Dot_and_Mermaid_name_every_node_and_arrow() => GraphModels.Any.Sample(model =>
    {
        ComputationalGraph graph = ComputationalGraph.Of(model);
        string dot = DotGraphWriter.Write(graph, "t"), mermaid = MermaidGraphWriter.Write(graph, "t");
        Assert.All(graph.Nodes, node => Assert.Contains($" {node.Id} [shape=", dot, StringComparison.Ordinal));
        Assert.All(graph.Edges, edge => Assert.True(
            dot.Contains($" {edge.From} -> {edge.To}", StringComparison.Ordinal) || dot.Contains($" {edge.To} -> {edge.From} [dir=back]", StringComparison.Ordinal), edge.ToString()));
        Assert.All(graph.Edges, edge => Assert.Contains($" n_{edge.From} {(edge.Kind == GraphEdgeKind.Kept ? "-.->" : "-->")} n_{edge.To}\n", mermaid, StringComparison.Ordinal));
    }, iter: 60);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
