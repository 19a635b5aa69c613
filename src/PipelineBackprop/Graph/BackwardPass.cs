using PipelineBackprop.Layers;

namespace PipelineBackprop.Graph;

/// <summary>
/// Adds the backward pass to a graph: ∂J/∂L = ∂J/∂s = 1, then for every operator, last to first, the gradients of its parameters and of its input, each with
/// the values of the forward pass it is made of.
/// </summary>
internal sealed class BackwardPass(
    GraphModel model, IReadOnlyList<GraphLink> links, ForwardPass forward, Func<GraphNode, string> add, Action<string, string, GraphEdgeKind> connect)
{
    /// <summary>The id of the operator that turns ∂J/∂L into ∂J/∂o.</summary>
    public const string LossGradient = "dl";

    private string? _decaySeed;

    public void Build()
    {
        int lossColumn = forward.NextColumn;
        int lastStage = model.Boundaries.Count - 1;
        string seed = add(Gradient(forward.LossValue, new GraphName(forward.Decay is null ? "J" : "L"), lossColumn + 1, GraphLane.Gradient, lastStage) with { Caption = "= 1" });
        if (forward.Decay is { } decay)
            _decaySeed = add(Gradient(decay, new GraphName("s"), lossColumn + 1, GraphLane.Decay, lastStage) with { Caption = "= 1" });
        string loss = add(Operator(LossGradient, "ℓ′", lossColumn, GraphLane.Gradient, lastStage));
        connect(seed, loss, GraphEdgeKind.Flow);
        connect(forward.Outputs, loss, GraphEdgeKind.Kept);
        connect(forward.Target, loss, GraphEdgeKind.Kept);
        if (!links.Any(link => link.Parameters.Count > 0)) return;
        string gradient = GradientOfVariable(forward.Outputs, loss);
        for (int index = forward.Links.Count - 1; index >= 0; index--)
        {
            ForwardLink link = forward.Links[index];
            for (int place = 0; place < link.Parameters.Count; place++) AddParameterGradient(link, place, gradient);
            if (!links.Take(index).Any(earlier => earlier.Parameters.Count > 0)) return;
            gradient = AddInputGradient(link, gradient);
        }
    }

    private string AddInputGradient(ForwardLink link, string gradient)
    {
        LayerOperation operation = link.Link.Operation;
        bool inputIsVariable = Find(link.Input).Kind == GraphNodeKind.Variable;
        if (operation.InputGradient.Length == 0 && !inputIsVariable) return gradient;
        // A gradient that passes unchanged still gets a circle where both sides are variables: the arrow between two squares would say nothing.
        string symbol = operation.InputGradient.Length == 0 ? "=" : operation.InputGradient;
        GraphNode at = Find(link.Operator);
        string op = add(Operator("d" + link.Operator, symbol, at.Column, GraphLane.Gradient, at.Stage));
        connect(gradient, op, GraphEdgeKind.Flow);
        Keep(link, operation.InputNeeds, link.Parameters, op);
        return inputIsVariable ? GradientOfVariable(link.Input, op) : op;
    }

    private void AddParameterGradient(ForwardLink link, int place, string gradient)
    {
        GraphParameter parameter = link.Link.Parameters[place];
        GraphNode weight = Find(link.Parameters[place]);
        string op = add(Operator("p" + weight.Id, parameter.Use.Gradient, weight.Column, GraphLane.ParameterProduct, weight.Stage));
        connect(gradient, op, GraphEdgeKind.Flow);
        Keep(link, parameter.Use.Needs, [weight.Id], op);
        if (parameter.IsDecayed && _decaySeed is { } seed)
        {
            string decay = add(Operator("s" + weight.Id, "+λ", weight.Column, GraphLane.Decay, weight.Stage));
            connect(op, decay, GraphEdgeKind.Flow);
            connect(weight.Id, decay, GraphEdgeKind.Kept);
            connect(seed, decay, GraphEdgeKind.Flow);
            op = decay;
        }
        string result = add(Gradient(weight.Id, weight.Name, weight.Column, GraphLane.ParameterGradient, weight.Stage) with { Caption = weight.Caption });
        connect(op, result, GraphEdgeKind.Flow);
    }

    private void Keep(ForwardLink link, GradientNeeds needs, IReadOnlyList<string> parameters, string op)
    {
        if (needs.HasFlag(GradientNeeds.Input)) connect(link.Input, op, GraphEdgeKind.Kept);
        if (needs.HasFlag(GradientNeeds.Output)) connect(link.Output, op, GraphEdgeKind.Kept);
        if (!needs.HasFlag(GradientNeeds.Parameters)) return;
        foreach (string parameter in parameters) connect(parameter, op, GraphEdgeKind.Kept);
    }

    private string GradientOfVariable(string variable, string op)
    {
        GraphNode of = Find(variable);
        string id = add(Gradient(variable, of.Name, of.Column, GraphLane.Gradient, of.Stage));
        connect(op, id, GraphEdgeKind.Flow);
        return id;
    }

    private GraphNode Gradient(string variable, GraphName name, int column, GraphLane lane, int stage)
    {
        GraphNode of = Find(variable);
        return new GraphNode("d" + variable, GraphNodeKind.Variable, name with { IsGradient = true }, column, lane)
        {
            Shape = of.Shape,
            Bytes = of.Bytes,
            Stage = stage,
            GradientOf = variable,
        };
    }

    private static GraphNode Operator(string id, string symbol, int column, GraphLane lane, int stage) =>
        new(id, GraphNodeKind.Operator, new GraphName(symbol), column, lane) { Stage = stage };

    private GraphNode Find(string id) => forward.Find(id);
}
