using System.Globalization;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Graph.Layout;
using PipelineBackprop.Graph.Writers;

namespace PipelineBackprop.Timelines;

/// <summary>Draws a step: time to the right, for every stage what was predicted above what happened. A pure function.</summary>
public static class SvgTimelineWriter
{
    private const string Ink = "#1b1f24", Quiet = "#4a525c", Rule = "#d5dae0", Track = "#f3f5f7", Transfer = "#1b1f24", Preparation = "#d8c26b", Help = "#a9b4c0";
    private const double Width = 1200, Edge = 26, Left = 150, Right = 30, Head = 92, Row = 24, RowGap = 3, StageGap = 16, AxisHeight = 34, KeyHeight = 40;
    private const double PredictedOpacity = 0.5, TransferHeight = 5, AgainHeight = 9, NameSize = 10.5;

    private static readonly (TimelineEventKind Kind, string Colour, string Word)[] s_kinds =
    [
        (TimelineEventKind.Forward, "#8fb8e6", "F forward"), (TimelineEventKind.InputGradient, "#f0b27a", "B input gradient"),
        (TimelineEventKind.WeightGradient, "#8fd0a5", "W weight gradient"), (TimelineEventKind.Update, "#c5a3dc", "U update"),
    ];

    /// <summary>The text of an .svg file.</summary>
    /// <param name="comparison">The step.</param>
    /// <param name="title">What stands above it.</param>
    public static string Write(StepComparison comparison, string title)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        ArgumentNullException.ThrowIfNull(title);
        double stagesHeight = comparison.StageCount * (2 * Row + RowGap + StageGap);
        double end = Enumerable.Range(0, comparison.StageCount).Max(stage => Math.Max(End(comparison.PredictedEvents(stage)), End(comparison.Measured.Stages[stage])));
        var axis = new TimeAxis(end, Left, Width - Left - Right);
        var svg = new SvgText(Width, Head + stagesHeight + AxisHeight + KeyHeight, 17);
        svg.Title(Edge, 30, title);
        svg.Text(Edge, 54, Figures("predicted", comparison.Plan.StepSeconds, comparison.PredictedBarrierBubble, comparison.PredictedSpanBubble), 12.5, Quiet, "start");
        string help = comparison.StagesHelp ? "; stages that wait help the others, which no prediction counts on" : "";
        svg.Text(Edge, 74, Figures("measured", comparison.Measured.Seconds, comparison.Measured.BarrierBubble, comparison.Measured.SpanBubble) + help, 12.5, Quiet, "start");
        WriteAxis(svg, axis, Head + stagesHeight);
        for (int stage = 0; stage < comparison.StageCount; stage++) WriteStage(svg, axis, comparison, stage, Head + stage * (2 * Row + RowGap + StageGap));
        WriteKey(svg, Head + stagesHeight + AxisHeight + 8);
        return svg.End();
    }

    private static double End(IReadOnlyList<TimelineEvent> events) => events.Count == 0 ? 0 : events.Max(one => one.End);

    private static string Figures(string which, double seconds, double barrier, double span) => string.Create(
        CultureInfo.InvariantCulture, $"{which}: a step of {TimelineWords.Time(seconds)}, bubble {barrier * 100:0.0} % (barrier), {span * 100:0.0} % (span)");

    private static void WriteAxis(SvgText svg, TimeAxis axis, double y)
    {
        foreach (double tick in axis.Ticks)
        {
            svg.Rectangle(new GraphRectangle(axis.X(tick), Head - 6, 1, y - Head + 8), 0, Rule, "none", 0);
            svg.Text(axis.X(tick), y + 18, axis.Name(tick), 11.5, Quiet, "middle");
        }
    }

    private static void WriteStage(SvgText svg, TimeAxis axis, StepComparison comparison, int stage, double y)
    {
        double below = y + Row + RowGap;
        svg.Text(Edge, y + Row + 5, string.Create(CultureInfo.InvariantCulture, $"stage {stage}"), 13, StageColours.Ink(stage), "start", bold: true);
        svg.Text(Left - 10, y + Row - 8, "predicted", 11, Quiet, "end");
        svg.Text(Left - 10, below + Row - 8, "measured", 11, Quiet, "end");
        WriteRow(svg, axis, stage, comparison.PredictedEvents(stage), y, PredictedOpacity);
        WriteRow(svg, axis, stage, comparison.Measured.Stages[stage], below, 1);
    }

    private static void WriteRow(SvgText svg, TimeAxis axis, int stage, IReadOnlyList<TimelineEvent> events, double y, double opacity)
    {
        svg.Rectangle(new GraphRectangle(Left, y, Width - Left - Right, Row), 0, Track, "none", 0);
        foreach (TimelineEvent one in events)
        {
            double x = axis.X(one.Start), width = axis.X(one.End) - x;
            string tip = $"{TimelineWords.Of(stage, one)}: {TimelineWords.Time(one.Seconds)}";
            if (one.Kind == TimelineEventKind.Transfer)
                svg.Bar(new GraphRectangle(x, y + Row - TransferHeight, width, TransferHeight), Transfer, 0.6, tip);
            if (one.Kind is TimelineEventKind.Preparation or TimelineEventKind.Help)
                svg.Bar(new GraphRectangle(x, y + Row - AgainHeight, width, AgainHeight), one.Kind == TimelineEventKind.Help ? Help : Preparation, opacity, tip);
            if (one.Kind == TimelineEventKind.Recomputation)
                svg.Bar(new GraphRectangle(x, y, width, AgainHeight), s_kinds[0].Colour, opacity, tip);
            if (Array.Find(s_kinds, kind => kind.Kind == one.Kind) is not { Colour: { } colour }) continue;
            svg.Bar(new GraphRectangle(x, y, Math.Max(0.3, width - 0.6), Row), colour, opacity, tip);
            string name = one.MicroBatch < 0 ? TimelineWords.Letter(one.Kind) : string.Create(CultureInfo.InvariantCulture, $"{TimelineWords.Letter(one.Kind)}{one.MicroBatch}");
            if (GraphText.Width(name, NameSize) + 2 < width) svg.Text(x + width / 2, y + 15, name, NameSize, Ink, "middle");
        }
    }

    private static void WriteKey(SvgText svg, double y)
    {
        double x = Edge;
        foreach ((_, string colour, string word) in s_kinds)
        {
            svg.Rectangle(new GraphRectangle(x, y, 14, 14), 2, colour, "none", 0);
            x = Word(svg, x + 20, y, word);
        }
        svg.Bar(new GraphRectangle(x, y + 9, 22, TransferHeight), Transfer, 0.6, "transfer");
        x = Word(svg, x + 28, y, "transfer, within F and B");
        svg.Rectangle(new GraphRectangle(x, y, 14, 14), 2, Track, Rule, 1);
        x = Word(svg, x + 20, y, "waits");
        svg.Rectangle(new GraphRectangle(x, y + 5, 14, AgainHeight), 0, Preparation, "none", 0);
        x = Word(svg, x + 20, y, "weights prepared");
        svg.Rectangle(new GraphRectangle(x, y + 5, 14, AgainHeight), 0, Help, "none", 0);
        Word(svg, x + 20, y, "help to others");
    }

    private static double Word(SvgText svg, double x, double y, string word)
    {
        svg.Text(x, y + 12, word, 12, Ink, "start");
        return x + GraphText.Width(word, 12) + 22;
    }
}
