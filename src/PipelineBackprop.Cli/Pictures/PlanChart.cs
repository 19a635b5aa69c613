using System.Globalization;
using PipelineBackprop.Naming;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;
using ScottPlot;

namespace PipelineBackprop.Cli.Pictures;

/// <summary>Time an epoch over memory a device: splitting over devices against smaller minibatches on one.</summary>
internal static class PlanChart
{
    private const int Width = 960, Height = 560;

    /// <summary>Refuses a name that is no picture, before anything is measured.</summary>
    public static void CheckName(string path)
    {
        if (!IsSvg(path) && !path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            throw new InvalidInputException($"--out is {path}, but its name must end in .png or .svg.");
    }

    public static void Write(PlanComparison comparison, int examples, string path, string title)
    {
        PictureFont.Use();
        using Plot plot = new();
        Add(plot, comparison.Split, examples, "whole minibatch over more devices", Color.FromHex("#1f5fa8"), plan => Invariant($"{plan.Devices} device{(plan.Devices == 1 ? "" : "s")}"), Alignment.UpperLeft);
        Add(plot, comparison.Smaller, examples, "smaller minibatch on one device", Color.FromHex("#a8570a"), plan => plan.BatchSize == comparison.Smaller[0].BatchSize ? "" : Invariant($"minibatch {plan.BatchSize}"), Alignment.UpperRight);
        plot.Title(Invariant($"{title}: a minibatch of {comparison.Smaller[0].BatchSize}, split or made smaller"));
        plot.XLabel("memory of the fullest device, MiB");
        plot.YLabel("time an epoch, s");
        plot.ShowLegend(Edge.Bottom);
        plot.Font.Set(PictureFont.Name);
        plot.Axes.AutoScale();
        // The labels stand beside the outermost points.
        plot.Axes.Margins(left: 0.16, right: 0.16, bottom: 0.08, top: 0.08);
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            if (IsSvg(path)) plot.SaveSvg(path, Width, Height);
            else plot.SavePng(path, Width, Height);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The picture cannot be written to {path}: {FileFault.Words(path, fault)}.", fault);
        }
    }

    private static void Add(Plot plot, IReadOnlyList<PipelinePlan> plans, int examples, string legend, Color colour, Func<PipelinePlan, string> label, Alignment side)
    {
        double[] x = [.. plans.Select(plan => plan.LargestDeviceBytes / 1048576.0)], y = [.. plans.Select(plan => plan.StepSeconds * plan.StepsPerEpoch(examples))];
        var line = plot.Add.Scatter(x, y, colour);
        (line.LegendText, line.LineWidth, line.MarkerSize) = (legend, 2, 8);
        for (int i = 0; i < x.Length; i++)
        {
            var text = plot.Add.Text(label(plans[i]), x[i], y[i]);
            (text.LabelFontColor, text.LabelFontSize, text.LabelAlignment) = (colour, 12, side);
            (text.LabelFontName, text.OffsetX, text.OffsetY) = (PictureFont.Name, side == Alignment.UpperLeft ? 8 : -8, 5);
        }
    }

    private static bool IsSvg(string path) => path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
