namespace PipelineBackprop.Graph.Layout;

/// <summary>
/// Every node and arrow of a graph at its place, so that nothing overlaps: columns along the chain, rows by <see cref="GraphLane"/>, and a long chain
/// broken into several rows from the bottom up. Immutable.
/// </summary>
public sealed class GraphLayout
{
    private GraphLayout(ComputationalGraph graph, GraphGrid grid)
    {
        Graph = graph;
        Boxes = grid.Boxes;
        Bands = grid.Bands;
        (Width, Height) = (grid.Width, grid.Height);
        var router = new GraphRouter(grid);
        Routes = [.. graph.Edges.Select(router.Route)];
    }

    /// <summary>What is laid out.</summary>
    public ComputationalGraph Graph { get; }

    /// <summary>The nodes; a variable that a row ends with stands at the start of the next one again.</summary>
    public IReadOnlyList<GraphBox> Boxes { get; }

    /// <summary>The arrows.</summary>
    public IReadOnlyList<GraphRoute> Routes { get; }

    /// <summary>The grounds of the stages.</summary>
    public IReadOnlyList<GraphBand> Bands { get; }

    /// <summary>Width of all that in pixels.</summary>
    public double Width { get; }

    /// <summary>Height of all that in pixels.</summary>
    public double Height { get; }

    /// <summary>Lays a graph out.</summary>
    public static GraphLayout Of(ComputationalGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return new GraphLayout(graph, new GraphGrid(graph));
    }
}
