using CsCheck;
using PipelineBackprop.Compute;
using PipelineBackprop.Graph;
using PipelineBackprop.Layers;
using Xunit;

namespace PipelineBackprop.Tests.Graph;

/// <summary>What a graph holds, against the chapter's formulas.</summary>
public sealed class ComputationalGraphTests
{
    [Fact]
    public void The_chapters_network_has_the_chapters_variables_and_operators()
    {
        ComputationalGraph graph = ComputationalGraph.Of(GraphModels.Chapter(backward: false));

        Assert.Equal(["x", "W⁽¹⁾", "z", "h", "W⁽²⁾", "o", "y", "L", "s", "J"], Names(graph, GraphNodeKind.Variable));
        Assert.Equal(["×", "φ", "×", "ℓ", "ℓ₂", "+"], Names(graph, GraphNodeKind.Operator));
        Assert.Equal(
            ["x→×", "W⁽¹⁾→×", "×→z", "z→φ", "φ→h", "h→×", "W⁽²⁾→×", "×→o", "o→ℓ", "y→ℓ", "ℓ→L", "W⁽¹⁾→ℓ₂", "W⁽²⁾→ℓ₂", "ℓ₂→s", "L→+", "s→+", "+→J"],
            graph.Edges.Select(edge => $"{graph[edge.From].Name}→{graph[edge.To].Name}"));
        Assert.Equal(["x", "h"], graph.Nodes.Where(node => node.IsKept).Select(node => node.Id));
    }

    [Fact]
    public void The_chapters_backward_pass_makes_each_gradient_of_what_the_chapter_says()
    {
        ComputationalGraph graph = ComputationalGraph.Of(GraphModels.Chapter(backward: true));

        Assert.Equal(
            ["∂J/∂L", "∂J/∂s", "∂J/∂o", "∂J/∂W⁽²⁾", "∂J/∂h", "∂J/∂z", "∂J/∂W⁽¹⁾"],
            graph.Nodes.Where(node => node.GradientOf is not null).Select(node => node.Name.ToString()));
        Assert.Equal(["dL", "o", "y"], Sources(graph, "do"));
        Assert.Equal(["W2", "do"], Sources(graph, "dh"));           // W⁽²⁾ᵀ ∂J/∂o
        Assert.Equal(["dh", "h"], Sources(graph, "dz"));            // ∂J/∂h ⊙ φ'(z), of tanh's output
        Assert.Equal(["W2", "do", "ds", "h"], Sources(graph, "dW2")); // ∂J/∂o hᵀ + λW⁽²⁾
        Assert.Equal(["W1", "ds", "dz", "x"], Sources(graph, "dW1"));
    }

    [Fact]
    public void A_gradient_has_the_shape_and_the_bytes_of_its_variable() => GraphModels.Any.Sample(model =>
    {
        ComputationalGraph graph = ComputationalGraph.Of(model with { Backward = true });
        GraphNode[] gradients = [.. graph.Nodes.Where(node => node.GradientOf is not null)];
        Assert.All(gradients, gradient => Assert.Equal((graph[gradient.GradientOf!].Shape, graph[gradient.GradientOf!].Bytes), (gradient.Shape, gradient.Bytes)));

        // Every parameter has a gradient, and nothing before the first parameter has.
        Assert.All(graph.Nodes.Where(node => node.Lane == GraphLane.Parameter), parameter => Assert.Contains(gradients, gradient => gradient.GradientOf == parameter.Id));
        Assert.DoesNotContain(gradients, gradient => gradient.GradientOf == "x");
    }, iter: 100);

    [Fact]
    public void Arrows_join_known_nodes_values_run_rightward_and_gradients_leftward() => GraphModels.Any.Sample(model =>
    {
        ComputationalGraph graph = ComputationalGraph.Of(model);
        foreach (GraphEdge edge in graph.Edges)
        {
            GraphNode from = graph[edge.From], to = graph[edge.To];
            bool isBackward = to.Lane >= GraphLane.Gradient;
            Assert.Equal(edge.Kind == GraphEdgeKind.Kept, isBackward && from.Lane < GraphLane.Gradient);
            if (edge.Kind == GraphEdgeKind.Flow && from.Lane != GraphLane.Parameter)
                Assert.True(isBackward ? to.Column <= from.Column : to.Column >= from.Column, $"{edge.From} → {edge.To}");
            // Squares and circles take turns, but for a sum that is never kept.
            if (from.Kind == GraphNodeKind.Variable && edge.Kind == GraphEdgeKind.Flow) Assert.Equal(GraphNodeKind.Operator, to.Kind);
        }
        Assert.Equal(graph.Nodes.Count, graph.Nodes.Select(node => node.Id).Distinct().Count());
        Assert.All(graph.Nodes.Where(node => node.Kind == GraphNodeKind.Variable).GroupBy(node => node.Name), same => Assert.Single(same));
    }, iter: 100);

    [Theory]
    [InlineData(20, 20)]
    [InlineData(21, 3)]
    [InlineData(200, 3)]
    public void More_than_twenty_layers_become_a_summary_of_equal_layers(int layers, int drawn)
    {
        ComputationalGraph graph = ComputationalGraph.Of(GraphModels.Deep(layers, stages: 1, backward: true));

        Assert.Equal(layers > 20, graph.IsSummary);
        Assert.Equal(drawn, graph.Nodes.Count(node => node is { Lane: GraphLane.Parameter } && node.Name.Letter is "W" or "θ"));
        long parameters = graph.Nodes.Where(node => node.Lane == GraphLane.Parameter).Sum(node => node.Bytes);
        Assert.Equal(4L * (784 * 256 + 256 + (layers - 2) * (256 * 256 + 256) + 2570), parameters);
        Assert.Equal(parameters, graph.Stages.Sum(stage => stage.ParameterBytes));
    }

    [Fact]
    public void An_activation_keeps_what_its_derivative_comes_from()
    {
        static IEnumerable<string> Kept(Activation activation) => ComputationalGraph
            .Of(GraphModels.Chapter(false) with { Layers = [new DenseLayer(4, 5, activation), new DenseLayer(5, 3)] })
            .Nodes.Where(node => node.IsKept).Select(node => node.Id);

        Assert.Equal(["x", "h"], Kept(Activation.Relu));
        Assert.Equal(["x", "z", "h"], Kept(new Activation(ActivationKind.Gelu)));
        Assert.Equal(["x", "z"], Kept(Activation.Identity));
    }

    [Fact]
    public void No_gradient_is_made_of_what_has_no_parameters_before_it()
    {
        GraphModel model = GraphModels.Chapter(backward: true) with { Layers = [new ActivationLayer(4, Activation.Tanh), new ActivationLayer(4, Activation.Relu), new DenseLayer(4, 3, bias: false)] };
        Assert.Equal(["L", "W", "o", "s"], Gradients(model).Select(id => id[..1]).Distinct().Order(StringComparer.Ordinal));

        Assert.Equal(["J"], Gradients(model with { Layers = [new ActivationLayer(4, Activation.Tanh)] }));

        static IEnumerable<string> Gradients(GraphModel model) => ComputationalGraph.Of(model).Nodes.Select(node => node.GradientOf).OfType<string>();
    }

    private static IEnumerable<string> Names(ComputationalGraph graph, GraphNodeKind kind) =>
        graph.Nodes.Where(node => node.Kind == kind).OrderBy(node => node.Column).ThenBy(Order).Select(node => node.Name.ToString());

    // Within a column: from the chain's own variables outward.
    private static int Order(GraphNode node) => node.Lane switch { GraphLane.Chain => 0, GraphLane.Target => 1, _ => 2 };

    /// <summary>The variables that a gradient is made of, through all operators before it.</summary>
    private static IEnumerable<string> Sources(ComputationalGraph graph, string id) =>
        graph.Edges.Where(edge => edge.To == id).SelectMany(edge => graph[edge.From].Kind == GraphNodeKind.Operator ? Sources(graph, edge.From) : [edge.From])
            .Distinct().Order(StringComparer.Ordinal);
}
