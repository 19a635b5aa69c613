using System.Globalization;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Graph.Layout;

/// <summary>The words in the picture and how wide they are.</summary>
internal static class GraphText
{
    public const double NameSize = 16, DetailSize = 11.5, CaptionSize = 11.5;

    // Wider than the usual fonts set, so that whatever font shows the picture, the text stays in its box.
    private const double WidthPerEm = 0.6;

    /// <summary>An upper bound of the width of a text in pixels.</summary>
    public static double Width(string text, double size) => new StringInfo(text).LengthInTextElements * size * WidthPerEm;

    /// <summary>The width of a name; its number is set smaller.</summary>
    public static double Width(GraphName name) =>
        Width(name.Base, NameSize) + (name.Index.Length == 0 ? 0 : Width($"({name.Index})", NameSize * 0.68));

    /// <summary>The lines below a variable's name: shape and bytes, or the value of a constant.</summary>
    public static IReadOnlyList<string> Details(GraphNode node)
    {
        if (node.Kind == GraphNodeKind.Operator) return [];
        var lines = new List<string>();
        if (node.Shape is { } shape) lines.Add(ShapeText(shape));
        if (node.Caption.Length > 0) lines.Add(node.Caption);
        if (node.Shape is not null || node.Lane == GraphLane.Parameter) lines.Add(Bytes(node.Bytes));
        return lines;
    }

    /// <summary>784 B, 1.5 KiB, 785 KiB: three digits at least where there are as many.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        int unit = 0;
        for (; value >= 1024 && unit < units.Length - 1; unit++) value /= 1024;
        return value.ToString(unit == 0 || value >= 100 ? "0" : "0.#", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    private static string ShapeText(Shape shape) => shape.Rank == 1
        ? string.Create(CultureInfo.InvariantCulture, $"{shape.Columns}")
        : string.Create(CultureInfo.InvariantCulture, $"{shape.Rows} × {shape.Columns}");
}
