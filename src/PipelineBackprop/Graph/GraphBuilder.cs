using PipelineBackprop.Losses;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Graph;

/// <summary>Builds the forward pass of a graph, and has <see cref="BackwardPass"/> build the other.</summary>
internal sealed class GraphBuilder
{
    private readonly GraphModel _model;
    private readonly IReadOnlyList<GraphLink> _links;
    private readonly List<GraphNode> _nodes = [];
    private readonly List<GraphEdge> _edges = [];
    private readonly Dictionary<string, GraphNode> _byId = [];
    private readonly HashSet<GraphName> _variables = [];
    private readonly HashSet<GraphEdge> _connected = [];

    private GraphBuilder(GraphModel model, IReadOnlyList<GraphLink> links)
    {
        _model = model;
        _links = links;
    }

    private int LastStage => _model.Boundaries.Count - 1;

    private int ElementSize => _model.ElementType.Size();

    public static ComputationalGraph Build(GraphModel model)
    {
        bool isSummary = model.Layers.Count > model.MostLayers;
        // What a stage keeps comes from the layers' own formulas, also where the picture is a summary.
        ComputationalGraph whole = new GraphBuilder(model, GraphChain.Detailed(model)).Build(isSummary: false, backward: true);
        if (isSummary) return new GraphBuilder(model, GraphChain.Summary(model)).Build(true, model.Backward, whole);
        return model.Backward ? whole : new GraphBuilder(model, GraphChain.Detailed(model)).Build(false, false, whole);
    }

    private ComputationalGraph Build(bool isSummary, bool backward, ComputationalGraph? whole = null)
    {
        var forward = new ForwardPass { Find = id => _byId[id] };
        string last = AddChain(forward);
        AddObjective(forward, last);
        if (backward) new BackwardPass(_model, _links, forward, Add, Connect).Build();
        HashSet<string> kept = KeptIds(_nodes, _edges);
        if (whole is not null && !isSummary) kept = KeptIds(whole.Nodes, whole.Edges);
        GraphNode[] nodes = [.. _nodes.Select(node => node with { IsKept = kept.Contains(node.Id) })];
        return new ComputationalGraph(nodes, _edges, whole?.Stages ?? Stages(nodes), isSummary);
    }

    /// <summary>x, and an operator with its parameters and result for every link; returns the id of the outputs.</summary>
    private string AddChain(ForwardPass forward)
    {
        int column = 0;
        string value = Add(Variable("x", new GraphName("x"), column++, GraphLane.Chain, Shape.Matrix(_model.Rows, _model.Layers[0].Inputs)) with { Layer = 0 });
        forward.Input = value;
        for (int index = 0; index < _links.Count; index++)
        {
            GraphLink link = _links[index];
            bool isLast = index == _links.Count - 1;
            string op = Add(new GraphNode($"f{index + 1}", GraphNodeKind.Operator, new GraphName(link.Operation.Symbol), column, GraphLane.Chain)
            {
                Caption = link.Operation.Caption,
                Stage = link.Stage,
                Layer = link.Layer,
            });
            Connect(value, op);
            string[] parameters = [.. link.Parameters.Select((parameter, place) => AddParameter(link, parameter, column + place, op))];
            column += Math.Max(1, parameters.Length);
            string input = value;
            value = link.Operation.IsInner && !isLast ? op : Add(Result(link, isLast, column++));
            if (value != op) Connect(op, value);
            forward.Links.Add(new ForwardLink(link, op, input, value, parameters));
        }
        forward.NextColumn = column;
        return value;
    }

    private GraphNode Result(GraphLink link, bool isLast, int column)
    {
        bool isOnly = _links.SkipLast(1).Count(other => other.Operation.Result == link.Operation.Result && !other.Operation.IsInner) == 1;
        GraphName name = isLast ? new GraphName("o") : new GraphName(link.Operation.Result, isOnly ? "" : link.Number);
        // Two dropouts in a row would have one name: a prime tells them apart.
        while (_variables.Contains(name)) name = name with { Index = name.Index + "′" };
        return Variable(Identifier(name), name, column, GraphLane.Chain, Shape.Matrix(_model.Rows, link.Width)) with { Stage = link.Stage, Layer = link.Layer };
    }

    private string AddParameter(GraphLink link, GraphParameter parameter, int column, string op)
    {
        var name = new GraphName(parameter.Use.Letter, link.Number);
        string id = Add(new GraphNode(Identifier(name), GraphNodeKind.Variable, name, column, GraphLane.Parameter)
        {
            Shape = parameter.Shape,
            Caption = parameter.Shape is null ? FormattableString.Invariant($"{parameter.Elements:N0}") : "",
            Bytes = parameter.Elements * ElementSize,
            Stage = link.Stage,
            Layer = link.Layer,
        });
        Connect(id, op);
        return id;
    }

    /// <summary>l(o, y) = L, λ/2 Σ‖W‖² = s and J = L + s; without decay L alone, which then is J.</summary>
    private void AddObjective(ForwardPass forward, string outputs)
    {
        int column = forward.NextColumn, width = _model.Layers[^1].Outputs;
        string loss = Add(Operator("l", "ℓ", column, GraphLane.Chain) with { Caption = _model.Loss.Kind });
        string target = Add(Variable("y", new GraphName("y"), column, GraphLane.Target, _model.Loss.Targets == TargetKind.ClassIndex
            ? Shape.Vector(_model.Rows)
            : Shape.Matrix(_model.Rows, width)) with
        { Stage = LastStage });
        Connect(outputs, loss);
        Connect(target, loss);
        string[] decayed = [.. forward.Links.SelectMany(link => link.Parameters.Where((_, place) => link.Link.Parameters[place].IsDecayed))];
        forward.Loss = loss;
        forward.Target = target;
        forward.Outputs = outputs;
        if (decayed.Length == 0)
        {
            forward.LossValue = Add(Scalar("J", column + 1, GraphLane.Chain) with { Caption = "= L" });
            Connect(loss, forward.LossValue);
            return;
        }
        forward.LossValue = Add(Scalar("L", column + 1, GraphLane.Chain));
        string squares = Add(Operator("norm", "ℓ₂", column, GraphLane.Objective) with { Caption = "λ/2 Σ‖W‖²" });
        forward.Decay = Add(Scalar("s", column + 1, GraphLane.Objective));
        string sum = Add(Operator("sum", "+", column + 2, GraphLane.Objective));
        string objective = Add(Scalar("J", column + 3, GraphLane.Objective));
        Connect(loss, forward.LossValue);
        foreach (string weight in decayed) Connect(weight, squares);
        Connect(squares, forward.Decay);
        Connect(forward.LossValue, sum);
        Connect(forward.Decay, sum);
        Connect(sum, objective);
    }

    private GraphNode Variable(string id, GraphName name, int column, GraphLane lane, Shape shape) =>
        new(id, GraphNodeKind.Variable, name, column, lane) { Shape = shape, Bytes = (long)shape.ElementCount * ElementSize };

    private GraphNode Scalar(string name, int column, GraphLane lane) =>
        new(name, GraphNodeKind.Variable, new GraphName(name), column, lane) { Stage = LastStage, Bytes = ElementSize };

    private GraphNode Operator(string id, string symbol, int column, GraphLane lane) =>
        new(id, GraphNodeKind.Operator, new GraphName(symbol), column, lane) { Stage = LastStage };

    private string Add(GraphNode node)
    {
        string id = node.Id;
        for (int copy = 2; _byId.ContainsKey(id); copy++) id = FormattableString.Invariant($"{node.Id}_{copy}");
        _byId.Add(id, node with { Id = id });
        _nodes.Add(_byId[id]);
        if (node.Kind == GraphNodeKind.Variable) _variables.Add(node.Name);
        return id;
    }

    private void Connect(string from, string to, GraphEdgeKind kind = GraphEdgeKind.Flow)
    {
        var edge = new GraphEdge(from, to, kind);
        if (_connected.Add(edge)) _edges.Add(edge);
    }

    /// <summary>Activations that a layer's backward operator uses. The loss makes its gradient at once and keeps nothing.</summary>
    private static HashSet<string> KeptIds(IReadOnlyList<GraphNode> nodes, IReadOnlyList<GraphEdge> edges)
    {
        HashSet<string> chain = [.. nodes.Where(node => node is { Kind: GraphNodeKind.Variable, Lane: GraphLane.Chain }).Select(node => node.Id)];
        return [.. edges.Where(edge => edge.Kind == GraphEdgeKind.Kept && edge.To != BackwardPass.LossGradient && chain.Contains(edge.From)).Select(edge => edge.From)];
    }

    private GraphStage[] Stages(IReadOnlyList<GraphNode> nodes)
    {
        Dictionary<string, GraphNode> byId = nodes.ToDictionary(node => node.Id);
        // A value that crosses a boundary and is used on both sides is kept on both sides.
        ILookup<int, GraphNode> kept = _edges.Where(edge => edge.Kind == GraphEdgeKind.Kept && byId[edge.From].IsKept && edge.To != BackwardPass.LossGradient)
            .Select(edge => (byId[edge.To].Stage, Node: byId[edge.From])).Distinct().ToLookup(pair => pair.Stage, pair => pair.Node);
        return
        [
            .. _model.Boundaries.Select((first, index) => new GraphStage(
                index, first, (index + 1 < _model.Boundaries.Count ? _model.Boundaries[index + 1] : _model.Layers.Count) - first,
                _model.Devices.Count switch { 0 => "", 1 => _model.Devices[0], _ => _model.Devices[index] },
                nodes.Where(node => node.Stage == index && node.Lane == GraphLane.Parameter).Sum(node => node.Bytes),
                kept[index].Sum(node => node.Bytes))),
        ];
    }

    private static string Identifier(GraphName name)
    {
        string letter = name.Letter switch { "θ" => "theta", "γ" => "gamma", "β" => "beta", _ => string.Concat(name.Letter.Where(char.IsAsciiLetterOrDigit)) };
        return letter + name.Index.Replace('–', '_').Replace('′', '_');
    }
}
