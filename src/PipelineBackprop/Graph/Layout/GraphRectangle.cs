namespace PipelineBackprop.Graph.Layout;

/// <summary>A part of the picture, in pixels from the upper left.</summary>
public readonly record struct GraphRectangle(double X, double Y, double Width, double Height)
{
    /// <summary>The right edge.</summary>
    public double Right => X + Width;

    /// <summary>The lower edge.</summary>
    public double Bottom => Y + Height;

    /// <summary>The middle, from the left.</summary>
    public double CenterX => X + Width / 2;

    /// <summary>The middle, from the top.</summary>
    public double CenterY => Y + Height / 2;

    /// <summary>Whether the two have more than an edge in common.</summary>
    public bool Overlaps(GraphRectangle other) => X < other.Right && other.X < Right && Y < other.Bottom && other.Y < Bottom;
}
