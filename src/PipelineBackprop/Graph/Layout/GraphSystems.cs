namespace PipelineBackprop.Graph.Layout;

/// <summary>
/// How the chain is broken into rows, as a line of music into systems: between layers only, the first row at the bottom. Each row but the first begins with
/// a column that repeats the variable the row before ended with.
/// </summary>
internal sealed class GraphSystems
{
    private readonly int[] _firstColumns;
    private readonly double[] _widths;

    /// <param name="graph">The graph.</param>
    /// <param name="widths">The width of each column.</param>
    /// <param name="gap">The space between two columns.</param>
    /// <param name="mostWidth">The width a row may have where its layers can be parted.</param>
    public GraphSystems(ComputationalGraph graph, double[] widths, double gap, double mostWidth)
    {
        _widths = widths;
        int[] breaks = [.. Breaks(graph)];
        double total = widths.Sum(width => width + gap);
        int rows = Fill(breaks, mostWidth, gap).Length;
        // The narrowest rows of that number: the widths are even then.
        double limit = total / rows;
        for (_firstColumns = Fill(breaks, limit, gap); _firstColumns.Length > rows; _firstColumns = Fill(breaks, limit, gap)) limit *= 1.02;
    }

    public int Count => _firstColumns.Length;

    /// <summary>The column a row begins with, its repeated one left out.</summary>
    public int FirstColumn(int system) => _firstColumns[system];

    /// <summary>The first column that is not in the row.</summary>
    public int EndColumn(int system) => system + 1 < Count ? _firstColumns[system + 1] : _widths.Length;

    /// <summary>The row of a column.</summary>
    public int Of(int column) => Array.FindLastIndex(_firstColumns, first => first <= column);

    private int[] Fill(int[] breaks, double limit, double gap)
    {
        var firsts = new List<int> { 0 };
        for (int i = 0; i < breaks.Length; i++)
        {
            int end = i + 1 < breaks.Length ? breaks[i + 1] : _widths.Length;
            double width = _widths[firsts[^1]..end].Sum(column => column + gap);
            if (width > limit && breaks[i] > firsts[^1]) firsts.Add(breaks[i]);
        }
        return [.. firsts];
    }

    /// <summary>Where a row may begin: at the operator of another layer, behind a variable.</summary>
    private static IEnumerable<int> Breaks(ComputationalGraph graph)
    {
        GraphNode[] chain = [.. graph.Nodes.Where(node => node is { Lane: GraphLane.Chain }).OrderBy(node => node.Column)];
        for (int i = 1; i < chain.Length; i++)
        {
            GraphNode node = chain[i], before = chain[i - 1];
            if (node is { Kind: GraphNodeKind.Operator, Layer: > 0 } && before.Kind == GraphNodeKind.Variable && before.Layer != node.Layer) yield return node.Column;
        }
    }
}
