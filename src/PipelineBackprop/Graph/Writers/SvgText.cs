using System.Globalization;
using System.Text;
using System.Xml;
using PipelineBackprop.Graph.Layout;

namespace PipelineBackprop.Graph.Writers;

/// <summary>The text of an SVG file, piece by piece. Not thread-safe.</summary>
internal sealed class SvgText
{
    private const double Corner = 6;
    private static readonly (string Name, string Colour)[] s_heads = [("forward", "#2f3640"), ("backward", "#b3261e"), ("kept", "#8a6d3b")];
    private readonly StringBuilder _text = new();
    private readonly double _titleSize;

    public SvgText(double width, double height, double titleSize)
    {
        _titleSize = titleSize;
        Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{N(width)}\" height=\"{N(height)}\" viewBox=\"0 0 {N(width)} {N(height)}\" font-family=\"'DejaVu Sans', Verdana, 'Segoe UI', sans-serif\">\n");
        foreach ((string name, string colour) in s_heads)
            Append($"<marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8Z\" fill=\"{colour}\"/></marker>\n");
        Append($"<rect width=\"{N(width)}\" height=\"{N(height)}\" fill=\"#ffffff\"/>\n");
    }

    public void Title(double x, double y, string title)
    {
        Append($"<title>{Escaped(title)}</title>\n");
        Text(x, y, title, _titleSize, "#1b1f24", "start", bold: true);
    }

    /// <summary>Everything up to <see cref="Close"/> is moved by that.</summary>
    public void Open(double x, double y) => Append($"<g transform=\"translate({N(x)} {N(y)})\">\n");

    public void Close() => Append($"</g>\n");

    public void Rectangle(GraphRectangle frame, double radius, string fill, string stroke, double strokeWidth, string? dashes = null)
    {
        string dash = dashes is null ? "" : $" stroke-dasharray=\"{dashes}\"", line = strokeWidth == 0 ? "" : $" stroke=\"{stroke}\" stroke-width=\"{N(strokeWidth)}\"{dash}";
        Append($"<rect x=\"{N(frame.X)}\" y=\"{N(frame.Y)}\" width=\"{N(frame.Width)}\" height=\"{N(frame.Height)}\" rx=\"{N(radius)}\" fill=\"{fill}\"{line}/>\n");
    }

    /// <summary>A filled rectangle that says something under the pointer.</summary>
    public void Bar(GraphRectangle frame, string fill, double opacity, string tip)
    {
        string pale = opacity == 1 ? "" : $" fill-opacity=\"{N(opacity)}\"";
        Append($"<rect x=\"{N(frame.X)}\" y=\"{N(frame.Y)}\" width=\"{N(frame.Width)}\" height=\"{N(frame.Height)}\" fill=\"{fill}\"{pale}><title>{Escaped(tip)}</title></rect>\n");
    }

    public void Circle(GraphRectangle frame, string fill, string stroke) =>
        Append($"<circle cx=\"{N(frame.CenterX)}\" cy=\"{N(frame.CenterY)}\" r=\"{N(frame.Width / 2)}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.4\"/>\n");

    public void Text(double x, double y, string text, double size, string colour, string anchor, bool bold = false) =>
        Append($"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" fill=\"{colour}\" text-anchor=\"{anchor}\"{(bold ? " font-weight=\"bold\"" : "")}>{Escaped(text)}</text>\n");

    /// <summary>A name with its number raised.</summary>
    public void Name(double x, double y, GraphName name, double size, string colour)
    {
        string raised = name.Index.Length == 0 ? "" : $"<tspan font-size=\"{N(size * 0.68)}\" dy=\"{N(-size * 0.36)}\">({Escaped(name.Index)})</tspan>";
        Append($"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" fill=\"{colour}\" text-anchor=\"middle\" font-weight=\"bold\">{Escaped(name.Base)}{raised}</text>\n");
    }

    /// <summary>A line of horizontal and vertical pieces with round corners and a head.</summary>
    public void Arrow(IReadOnlyList<GraphPoint> points, string colour, string head, bool dashed)
    {
        var path = new StringBuilder($"M{N(points[0].X)} {N(points[0].Y)}");
        for (int i = 1; i < points.Count - 1; i++)
        {
            GraphPoint before = Toward(points[i], points[i - 1]), after = Toward(points[i], points[i + 1]);
            path.Append(CultureInfo.InvariantCulture, $"L{N(before.X)} {N(before.Y)}Q{N(points[i].X)} {N(points[i].Y)} {N(after.X)} {N(after.Y)}");
        }
        path.Append(CultureInfo.InvariantCulture, $"L{N(points[^1].X)} {N(points[^1].Y)}");
        Append($"<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\"{(dashed ? " stroke-dasharray=\"4 3\"" : "")} marker-end=\"url(#{head})\"/>\n");
    }

    public string End() => _text.Append("</svg>\n").ToString();

    private static GraphPoint Toward(GraphPoint from, GraphPoint to)
    {
        double length = Math.Abs(to.X - from.X) + Math.Abs(to.Y - from.Y), step = Math.Min(Corner, length / 2) / Math.Max(length, 1e-9);
        return new GraphPoint(from.X + (to.X - from.X) * step, from.Y + (to.Y - from.Y) * step);
    }

    private void Append(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture));

    private static string N(double number) => Math.Round(number, 2).ToString(CultureInfo.InvariantCulture);

    private static string Escaped(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.Value switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        // XML has no way to write most control characters.
        _ => rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString(),
    }));
}
