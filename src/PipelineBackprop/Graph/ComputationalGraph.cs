namespace PipelineBackprop.Graph;

/// <summary>
/// The computational graph of a model as textbooks draw it: squares are variables, circles are operators, arrows are data flow. Pure data, made of the
/// layers' own formulas (<see cref="Layers.Layer.Operations"/>), the loss and the weight decay. Immutable.
/// </summary>
public sealed class ComputationalGraph
{
    private readonly Dictionary<string, GraphNode> _byId;

    internal ComputationalGraph(IReadOnlyList<GraphNode> nodes, IReadOnlyList<GraphEdge> edges, IReadOnlyList<GraphStage> stages, bool isSummary)
    {
        Nodes = nodes;
        Edges = edges;
        Stages = stages;
        IsSummary = isSummary;
        _byId = nodes.ToDictionary(node => node.Id);
    }

    /// <summary>Squares and circles, forward from x to J, then backward.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>Arrows, each between two of the nodes.</summary>
    public IReadOnlyList<GraphEdge> Edges { get; }

    /// <summary>The stages, in order.</summary>
    public IReadOnlyList<GraphStage> Stages { get; }

    /// <summary>Whether equal neighbouring layers are drawn as one, because there are too many to draw.</summary>
    public bool IsSummary { get; }

    /// <summary>The node of an id.</summary>
    /// <exception cref="KeyNotFoundException">There is no such node.</exception>
    public GraphNode this[string id] => _byId[id];

    /// <summary>The graph of a model.</summary>
    public static ComputationalGraph Of(GraphModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfZero(model.Layers.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(model.Rows, 1);
        return GraphBuilder.Build(model);
    }
}
