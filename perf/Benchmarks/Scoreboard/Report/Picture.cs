using PipelineBackprop.Cli.Pictures;
using ScottPlot;

namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>A bar for every ratio that has a goal, as a share of the goal, so that one line is the goal of all.</summary>
internal static class Picture
{
    private const int Width = 1100, RowHeight = 30, Frame = 110;
    private const double Longest = 2;
    private static readonly Color s_reached = Color.FromHex("#2a7f62"), s_missed = Color.FromHex("#d1603d");

    public static void Write(Result result, string path)
    {
        Row[] rows = [.. result.Rows.Where(row => row is { Ratio: not null, LeastRatio: not null })];
        PictureFont.Use();
        using Plot plot = new();
        for (int i = 0; i < rows.Length; i++) AddBar(plot, rows[i], position: rows.Length - 1 - i);
        plot.Add.VerticalLine(1, width: 1.5f, color: Colors.Black);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. rows.Select((_, i) => (double)(rows.Length - 1 - i))], [.. rows.Select(row => row.Work)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Title($"Ratio over goal: {result.Machine.Processor}, {Words.Cores(result.Machine.Cores)}, {result.Machine.Date[..10]}");
        plot.XLabel("measured ratio over its goal; right of the line the goal is reached");
        plot.HideGrid();
        plot.Font.Set(PictureFont.Name);
        plot.Axes.SetLimits(0, Longest * 1.3, -0.7, Math.Max(1, rows.Length) - 0.3);
        plot.SavePng(path, Width, Frame + RowHeight * Math.Max(1, rows.Length));
    }

    private static void AddBar(Plot plot, Row row, int position)
    {
        double share = row.Ratio!.Value / row.LeastRatio!.Value;
        double length = Math.Min(share, Longest);
        plot.Add.Bar(new Bar
        {
            Position = position,
            Value = length,
            FillColor = row.Reached is true ? s_reached : s_missed,
            LineWidth = 0,
            Size = 0.6,
            Orientation = Orientation.Horizontal,
        });
        var text = plot.Add.Text($"{(share > Longest ? "→ " : "")}{row.RatioText}, goal {row.LeastRatio:0.00}", Math.Max(length, 1) + 0.02, position);
        (text.LabelAlignment, text.LabelFontSize, text.LabelFontName) = (Alignment.MiddleLeft, 13, PictureFont.Name);
    }
}
