using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Cli.Runs;
using ScottPlot;

namespace PipelineBackprop.Cli.Pictures;

/// <summary>The loss over the steps of a run, drawn from its metrics.jsonl.</summary>
internal static class LossCurve
{
    private const int Width = 900, Height = 520, MostPoints = 400;

    public static void Write(string metricsPath, string picturePath, string title)
    {
        (List<double> steps, List<double> losses, List<double> evaluated, List<double> testLosses) = Read(metricsPath);
        PictureFont.Use();
        using Plot plot = new();
        (double[] x, double[] y) = Thin(steps, losses);
        bool logarithmic = IsWide([.. y, .. testLosses]);
        if (logarithmic) (y, testLosses) = ([.. y.Select(Math.Log10)], [.. testLosses.Select(Math.Log10)]);
        if (steps.Count > 0)
        {
            var train = plot.Add.ScatterLine(x, y);
            (train.LegendText, train.LineWidth) = ("training loss L", 1.5f);
        }
        if (evaluated.Count > 0)
        {
            var test = plot.Add.Scatter(evaluated, testLosses);
            (test.LegendText, test.LineWidth, test.MarkerSize) = ("test loss", 2.5f, evaluated.Count > 60 ? 0 : 6);
        }
        plot.Title(title);
        plot.XLabel("step");
        plot.YLabel("loss");
        plot.ShowLegend(Edge.Bottom);
        plot.Font.Set(PictureFont.Name);
        plot.Axes.AutoScale();
        if (logarithmic)
        {
            plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic
            {
                LabelFormatter = static exponent => Math.Pow(10, exponent).ToString("G2", CultureInfo.InvariantCulture),
            };
        }
        plot.SavePng(picturePath, Width, Height);
    }

    private static (List<double> Steps, List<double> Losses, List<double> Evaluated, List<double> TestLosses) Read(string path)
    {
        List<double> steps = [], losses = [], evaluated = [], testLosses = [];
        foreach (string line in File.ReadLines(path))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            bool isStep = root.GetProperty("event").GetString() == TrainingEvents.StepName;
            JsonElement loss = root.GetProperty(isStep ? "loss" : "testLoss");
            if (loss.ValueKind != JsonValueKind.Number) continue; // NaN and infinity are written as texts
            (isStep ? steps : evaluated).Add(root.GetProperty("step").GetDouble());
            (isStep ? losses : testLosses).Add(loss.GetDouble());
        }
        return (steps, losses, evaluated, testLosses);
    }

    // Values that span more than two powers of ten are read on a logarithmic scale.
    private static bool IsWide(double[] values) => values.Length > 0 && values.Min() > 0 && values.Max() / values.Min() > 100;

    // Means of equal stretches of steps, so that a long run stays readable.
    private static (double[] X, double[] Y) Thin(List<double> x, List<double> y)
    {
        int stretch = Math.Max(1, (x.Count + MostPoints - 1) / MostPoints);
        return ([.. x.Chunk(stretch).Select(part => part.Average())], [.. y.Chunk(stretch).Select(part => part.Average())]);
    }
}
