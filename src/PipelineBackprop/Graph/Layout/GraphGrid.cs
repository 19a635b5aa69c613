namespace PipelineBackprop.Graph.Layout;

/// <summary>The places of all nodes, and the lines between them along which arrows may run.</summary>
internal sealed class GraphGrid
{
    private const double Padding = 26, BoxPadding = 20, LeastBox = 58, Circle = 40, LineHeight = 15, CaptionHeight = 17, SystemGap = 34, BandHead = 30;

    private readonly ComputationalGraph _graph;
    private readonly double[] _widths, _lefts, _gaps;
    private readonly GraphSystems _systems;
    private readonly Dictionary<(string Id, int System), GraphBox> _boxes = [];
    private readonly double[][] _laneTops, _laneBottoms;
    private readonly double _margin;

    public GraphGrid(ComputationalGraph graph)
    {
        _graph = graph;
        HasBackward = graph.Nodes.Any(node => node.Lane >= GraphLane.Gradient);
        double gap = HasBackward ? 52 : 34;
        int columns = graph.Nodes.Max(node => node.Column) + 1;
        _widths = [.. Enumerable.Range(0, columns).Select(column => graph.Nodes.Where(node => node.Column == column).Select(OuterWidth).DefaultIfEmpty(LeastBox).Max())];
        _systems = new GraphSystems(graph, _widths, gap, HasBackward ? 2500 : 2000);
        // Where rows are joined by lines of weight decay, these run along the left.
        _margin = Padding + (_systems.Count > 1 && graph.Nodes.Any(node => node.Lane == GraphLane.Objective) ? HasBackward ? 44 : 26 : 0);
        _lefts = new double[columns];
        _gaps = [.. Enumerable.Repeat(gap, _systems.Count)];
        Width = Enumerable.Range(0, _systems.Count).Max(PlaceColumns);
        for (int system = 0; system < _systems.Count; system++) Justify(system);
        (_laneTops, _laneBottoms) = PlaceLanes();
        foreach (GraphNode node in graph.Nodes) Place(node);
        Bands = [.. PlaceBands()];
    }

    public bool HasBackward { get; }

    public double Width { get; }

    public double Height { get; private set; }

    public IReadOnlyList<GraphBand> Bands { get; }

    public IReadOnlyList<GraphBox> Boxes => [.. _boxes.Values];

    /// <summary>The row of the picture a node is in.</summary>
    public int SystemOf(string id) => _systems.Of(_graph[id].Column);

    /// <summary>A node as it stands in a row, repeated or not.</summary>
    public GraphBox Box(string id, int system) => _boxes.TryGetValue((id, system), out GraphBox? box) ? box : _boxes[(id, SystemOf(id))];

    /// <summary>A vertical line left of a node's column, free of nodes.</summary>
    public double LeftOf(GraphBox box) => _lefts[box.Node.Column] - 16;

    /// <summary>A vertical line right of a node's column, free of nodes.</summary>
    public double RightOf(GraphBox box) => _lefts[box.Node.Column] + _widths[box.Node.Column] + 16;

    /// <summary>A horizontal line above a lane of a row, free of nodes.</summary>
    public double Above(GraphLane lane, int system) => _laneTops[system][(int)lane] - 13;

    /// <summary>The middle of a lane of a row.</summary>
    public double Middle(GraphLane lane, int system) => (_laneTops[system][(int)lane] + _laneBottoms[system][(int)lane]) / 2;

    /// <summary>A vertical line left of all rows: 0 for values, 1 for gradients.</summary>
    public double Trunk(int lane) => Padding - 6 + lane * 20;

    /// <summary>Spreads the columns of a row to the full width, so that rows end below each other and J is at the upper right.</summary>
    private void Justify(int system)
    {
        int spaces = _systems.EndColumn(system) - _systems.FirstColumn(system) - (system > 0 ? 0 : 1);
        if (spaces == 0) return;
        _gaps[system] += (Width - PlaceColumns(system)) / spaces;
        PlaceColumns(system);
    }

    private double PlaceColumns(int system)
    {
        double x = _margin + 14, gap = _gaps[system];
        if (system > 0) x += _widths[_systems.FirstColumn(system) - 1] + gap;
        for (int column = _systems.FirstColumn(system); column < _systems.EndColumn(system); column++)
        {
            _lefts[column] = x;
            x += _widths[column] + gap;
        }
        return x - gap + 14 + Padding;
    }

    private (double[][] Tops, double[][] Bottoms) PlaceLanes()
    {
        int lanes = Enum.GetValues<GraphLane>().Length;
        double[][] tops = new double[_systems.Count][], bottoms = new double[_systems.Count][];
        double y = 8;
        for (int system = _systems.Count - 1; system >= 0; system--)
        {
            tops[system] = new double[lanes];
            bottoms[system] = new double[lanes];
            y += BandHead;
            foreach (GraphLane lane in Enum.GetValues<GraphLane>())
            {
                GraphNode[] nodes = [.. _graph.Nodes.Where(node => node.Lane == lane && _systems.Of(node.Column) == system)];
                bool isBus = lane == GraphLane.Objective && nodes.Length == 0 && _graph.Nodes.Any(node => node.Lane == lane);
                double height = isBus ? 10 : nodes.Select(Height_).DefaultIfEmpty(0).Max();
                // Room above for captions and for arrows that turn.
                if (nodes.Length > 0) y += lane switch { GraphLane.Objective => 12, GraphLane.Chain => 30, GraphLane.Gradient => 34, _ => 28 };
                tops[system][(int)lane] = y;
                y += height;
                bottoms[system][(int)lane] = y;
            }
            y += SystemGap;
        }
        Height = y - SystemGap + 22;
        return (tops, bottoms);
    }

    private void Place(GraphNode node)
    {
        int system = _systems.Of(node.Column);
        PlaceAt(node, system, _lefts[node.Column], isRepeated: false);
        bool isEnd = system + 1 < _systems.Count && node.Column == _systems.EndColumn(system) - 1;
        if (!isEnd || node.Lane is not (GraphLane.Chain or GraphLane.Gradient)) return;
        PlaceAt(node, system + 1, _lefts[node.Column + 1] - _gaps[system + 1] - _widths[node.Column], isRepeated: true);
    }

    private void PlaceAt(GraphNode node, int system, double left, bool isRepeated)
    {
        double centerX = left + _widths[node.Column] / 2, centerY = Middle(node.Lane, system);
        double width = InnerWidth(node), height = Height_(node);
        var frame = new GraphRectangle(centerX - width / 2, centerY - height / 2, width, height);
        GraphRectangle? caption = null;
        if (node is { Kind: GraphNodeKind.Operator, Caption.Length: > 0 })
        {
            double textWidth = GraphText.Width(node.Caption, GraphText.CaptionSize);
            caption = new GraphRectangle(centerX - textWidth / 2, frame.Y - CaptionHeight - 1, textWidth, CaptionHeight);
            // Parameters come in from above.
            if (_graph.Edges.Any(edge => edge.To == node.Id && _graph[edge.From].Lane == GraphLane.Parameter) && node.Lane == GraphLane.Chain)
                caption = caption.Value with { Y = frame.Bottom + 1 };
        }
        _boxes[(node.Id, system)] = new GraphBox(node, frame, caption, isRepeated);
    }

    private IEnumerable<GraphBand> PlaceBands()
    {
        for (int system = 0; system < _systems.Count; system++)
        {
            foreach (GraphStage stage in _graph.Stages)
            {
                GraphBox[] inside = [.. _boxes.Where(entry => entry.Key.System == system && StageOf(entry.Value, system) == stage.Index).Select(entry => entry.Value)];
                if (inside.Length == 0) continue;
                double left = inside.Min(Left) - 14, right = inside.Max(Right) + 14;
                double top = _laneTops[system][0] - BandHead, bottom = _laneBottoms[system].Max() + 14;
                yield return new GraphBand(stage, new GraphRectangle(left, top, right - left, bottom - top));
            }
        }

        double Left(GraphBox box) => box.Frame.CenterX - _widths[box.Node.Column] / 2;
        double Right(GraphBox box) => box.Frame.CenterX + _widths[box.Node.Column] / 2;
    }

    // What a row repeats is what the stage of its first layer received.
    private int StageOf(GraphBox box, int system) =>
        box.IsRepeated ? _graph.Nodes.First(node => node.Column == _systems.FirstColumn(system)).Stage : box.Node.Stage;

    private static double InnerWidth(GraphNode node)
    {
        if (node.Kind == GraphNodeKind.Operator) return Math.Max(Circle, GraphText.Width(node.Name.Base, GraphText.NameSize) + 8);
        double widest = GraphText.Details(node).Select(line => GraphText.Width(line, GraphText.DetailSize)).Append(GraphText.Width(node.Name)).Max();
        return Math.Max(LeastBox, widest + BoxPadding);
    }

    private static double OuterWidth(GraphNode node) =>
        Math.Max(InnerWidth(node), node.Kind == GraphNodeKind.Operator ? GraphText.Width(node.Caption, GraphText.CaptionSize) : 0);

    private static double Height_(GraphNode node) =>
        node.Kind == GraphNodeKind.Operator ? InnerWidth(node) : 32 + GraphText.Details(node).Count * LineHeight;
}
