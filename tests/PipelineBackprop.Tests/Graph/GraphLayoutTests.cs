using CsCheck;
using PipelineBackprop.Graph;
using PipelineBackprop.Graph.Layout;
using Xunit;

namespace PipelineBackprop.Tests.Graph;

/// <summary>Nothing in a picture lies on anything else.</summary>
public sealed class GraphLayoutTests
{
    [Fact]
    public void No_boxes_and_captions_overlap() => GraphModels.Any.Sample(model => AssertApart(GraphLayout.Of(ComputationalGraph.Of(model))), iter: 60);

    [Fact]
    public void No_arrow_runs_through_a_node_it_does_not_join() => GraphModels.Any.Sample(model => AssertClear(GraphLayout.Of(ComputationalGraph.Of(model))), iter: 60);

    [Theory]
    [InlineData(2, 1)]
    [InlineData(20, 4)]
    [InlineData(20, 20)]
    [InlineData(300, 7)]
    public void Deep_networks_are_laid_out_as_cleanly(int layers, int stages)
    {
        foreach (bool backward in new[] { false, true })
        {
            GraphLayout layout = GraphLayout.Of(ComputationalGraph.Of(GraphModels.Deep(layers, stages, backward)));

            AssertApart(layout);
            AssertClear(layout);
            Assert.InRange(layout.Width, 300, 3000);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_input_is_at_the_lower_left_of_the_forward_pass_and_J_at_the_upper_right(bool backward)
    {
        foreach (GraphModel model in new[] { GraphModels.Chapter(backward), GraphModels.Deep(20, 4, backward) })
        {
            GraphBox[] boxes = [.. GraphLayout.Of(ComputationalGraph.Of(model)).Boxes];
            GraphRectangle x = Frame("x"), j = Frame("J");
            IEnumerable<GraphRectangle> chain = boxes.Where(box => box.Node.Lane <= GraphLane.Chain).Select(box => box.Frame);
            Assert.All(chain, box => Assert.True(box.Y <= x.Bottom));
            Assert.All(chain.Where(box => box.CenterY > x.Y - 30), box => Assert.True(box.X >= x.X));
            Assert.All(boxes, box => Assert.True(box.Frame.Right <= j.Right + 0.01 && box.Frame.CenterY >= j.CenterY - 0.01));

            GraphRectangle Frame(string id) => Assert.Single(boxes, box => box.Node.Id == id).Frame;
        }
    }

    [Fact]
    public void Every_stage_has_its_nodes_on_its_own_ground() => GraphModels.Any.Sample(model =>
    {
        GraphLayout layout = GraphLayout.Of(ComputationalGraph.Of(model));
        foreach (GraphBox box in layout.Boxes.Where(box => !box.IsRepeated))
        {
            GraphBand ground = Assert.Single(layout.Bands, band => band.Frame.Overlaps(box.Frame));
            Assert.Equal(box.Node.Stage, ground.Stage.Index);
        }
    }, iter: 100);

    private static void AssertApart(GraphLayout layout)
    {
        (string Name, GraphRectangle Frame)[] all =
        [
            .. layout.Boxes.Select(box => (box.Node.Id, box.Frame)), .. layout.Boxes.Where(box => box.Caption is not null).Select(box => (box.Node.Id + " caption", box.Caption!.Value)),
            .. layout.Bands.Select(band => ("head of a stage", band.Frame with { X = band.Frame.X + 8, Width = 60, Height = 22 })),
        ];
        for (int i = 0; i < all.Length; i++)
        {
            Assert.True(all[i].Frame is { X: >= 0, Y: >= 0 } && all[i].Frame.Right <= layout.Width && all[i].Frame.Bottom <= layout.Height, $"{all[i]} is outside");
            for (int other = 0; other < i; other++) Assert.False(all[i].Frame.Overlaps(all[other].Frame), $"{all[i]} on {all[other]}");
        }
    }

    private static void AssertClear(GraphLayout layout)
    {
        foreach (GraphRoute route in layout.Routes)
        {
            for (int i = 1; i < route.Points.Count; i++)
            {
                GraphPoint a = route.Points[i - 1], b = route.Points[i];
                Assert.True(Math.Abs(a.X - b.X) < 0.01 || Math.Abs(a.Y - b.Y) < 0.01, $"{route.Edge} is slanted");
                var piece = new GraphRectangle(Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Abs(a.X - b.X) + 0.01, Math.Abs(a.Y - b.Y) + 0.01);
                Assert.True(piece is { X: >= 0, Y: >= 0 } && piece.Right <= layout.Width && piece.Bottom <= layout.Height, $"{route.Edge} leaves the picture");
                foreach (GraphBox box in layout.Boxes)
                {
                    if (ReferenceEquals(box, route.From) || ReferenceEquals(box, route.To)) continue;
                    Assert.False(box.Frame.Overlaps(piece), $"{route.Edge} runs through {box.Node.Id}");
                }
            }
        }
    }
}
