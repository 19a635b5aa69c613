namespace PipelineBackprop.Graph.Layout;

/// <summary>Finds the way of every arrow: horizontal and vertical pieces along the free lines of the grid, by the lanes it joins.</summary>
internal sealed class GraphRouter(GraphGrid grid)
{
    public GraphRoute Route(GraphEdge edge)
    {
        int system = grid.SystemOf(edge.To);
        GraphBox to = grid.Box(edge.To, system);
        // An arrow into a gradient that a row ends with is drawn where the next row repeats it.
        GraphBox from = grid.Box(edge.From, system);
        int fromSystem = grid.SystemOf(edge.From);
        if (to.Node.Lane == GraphLane.Gradient && fromSystem == system + 1) (from, to) = (grid.Box(edge.From, fromSystem), grid.Box(edge.To, fromSystem));
        GraphPoint[] points = edge.Kind == GraphEdgeKind.Kept ? Kept(from, to, grid.SystemOf(edge.To)) : Flow(from, to, fromSystem, system);
        return new GraphRoute(edge, from, to, Simplify(points));
    }

    private GraphPoint[] Flow(GraphBox from, GraphBox to, int fromSystem, int system) => (from.Node.Lane, to.Node.Lane) switch
    {
        (GraphLane.Parameter, GraphLane.Objective) => ToNorm(from, to, fromSystem, system),
        (GraphLane.Parameter, GraphLane.Chain) when Aligned(from, to) => [Bottom(from), Top(to)],
        (GraphLane.Parameter, GraphLane.Chain) => Bend(Bottom(from), grid.Above(GraphLane.Chain, system), Top(to)),
        (GraphLane.Chain, GraphLane.Objective) => [Right(from), new(to.Frame.CenterX, from.Frame.CenterY), Bottom(to)],
        (GraphLane.Target, _) => [Top(from), Bottom(to)],
        (GraphLane.Gradient, GraphLane.ParameterProduct) => Bend(Bottom(from), grid.Above(GraphLane.ParameterProduct, system), Top(to)),
        (GraphLane.Decay, GraphLane.Decay) => FromDecaySeed(from, to, fromSystem, system),
        (GraphLane.ParameterProduct or GraphLane.Decay, _) => [Bottom(from), Top(to)],
        (GraphLane.Gradient, _) => [Left(from), Right(to)],
        _ => [Right(from), Left(to)],
    };

    private GraphPoint[] Kept(GraphBox from, GraphBox to, int system)
    {
        double above = grid.Above(GraphLane.Gradient, system);
        if (from.Node.Lane == GraphLane.Target) return [Bottom(from), Top(to)];
        if (from.Node.Lane == GraphLane.Parameter)
        {
            double lane = grid.RightOf(from), right = from.Frame.Right, middle = from.Frame.CenterY;
            return to.Node.Lane switch
            {
                GraphLane.Gradient => [new(right, middle), new(lane, middle), new(lane, above), new(to.Frame.CenterX, above), Top(to)],
                _ => [new(right, middle), new(lane, middle), new(lane, to.Frame.CenterY), Right(to)],
            };
        }
        // From the chain down to its own gradient's row, then along it.
        if (to.Node.Lane == GraphLane.Gradient) return Bend(Bottom(from), above, Top(to));
        double left = grid.LeftOf(to);
        return [Bottom(from), new(from.Frame.CenterX, above), new(left, above), new(left, to.Frame.CenterY), Left(to)];
    }

    private GraphPoint[] ToNorm(GraphBox from, GraphBox to, int fromSystem, int system)
    {
        double target = to.Frame.CenterY;
        if (fromSystem == system) return [Top(from), new(from.Frame.CenterX, target), Left(to)];
        double line = grid.Middle(GraphLane.Objective, fromSystem), trunk = grid.Trunk(0);
        return [Top(from), new(from.Frame.CenterX, line), new(trunk, line), new(trunk, target), Left(to)];
    }

    private GraphPoint[] FromDecaySeed(GraphBox from, GraphBox to, int fromSystem, int system)
    {
        double line = grid.Above(GraphLane.Decay, system), entry = to.Frame.X - 15;
        GraphPoint[] end = [new(entry, line), new(entry, to.Frame.CenterY), Left(to)];
        if (fromSystem == system) return [Top(from), new(from.Frame.CenterX, line), .. end];
        double start = grid.Above(GraphLane.Decay, fromSystem), trunk = grid.Trunk(1);
        return [Top(from), new(from.Frame.CenterX, start), new(trunk, start), new(trunk, line), .. end];
    }

    private static GraphPoint[] Bend(GraphPoint from, double y, GraphPoint to) => [from, new(from.X, y), new(to.X, y), to];

    private static bool Aligned(GraphBox a, GraphBox b) => Math.Abs(a.Frame.CenterX - b.Frame.CenterX) < 0.5;

    private static GraphPoint Left(GraphBox box) => new(box.Frame.X, box.Frame.CenterY);

    private static GraphPoint Right(GraphBox box) => new(box.Frame.Right, box.Frame.CenterY);

    private static GraphPoint Top(GraphBox box) => new(box.Frame.CenterX, box.Frame.Y);

    private static GraphPoint Bottom(GraphBox box) => new(box.Frame.CenterX, box.Frame.Bottom);

    private static List<GraphPoint> Simplify(GraphPoint[] points)
    {
        var kept = new List<GraphPoint>();
        foreach (GraphPoint point in points)
        {
            if (kept.Count > 0 && Near(kept[^1], point)) continue;
            if (kept.Count > 1 && (Equal(kept[^2].X, kept[^1].X, point.X) || Equal(kept[^2].Y, kept[^1].Y, point.Y))) kept[^1] = point;
            else kept.Add(point);
        }
        return kept;

        static bool Near(GraphPoint a, GraphPoint b) => Math.Abs(a.X - b.X) + Math.Abs(a.Y - b.Y) < 0.01;
    }

    private static bool Equal(double a, double b, double c) => Math.Abs(a - b) < 0.01 && Math.Abs(b - c) < 0.01;
}
