using System.Globalization;
using PipelineBackprop.Diagnostics;

namespace PipelineBackprop.Timelines;

/// <summary>What pictures call stretches of a step.</summary>
internal static class TimelineWords
{
    /// <summary>As the field writes it, <c>2F0</c>; the word where it is no action.</summary>
    public static string Of(int stage, TimelineEvent one) => one.Kind switch
    {
        TimelineEventKind.Step => "step",
        TimelineEventKind.Update => "update",
        TimelineEventKind.Wait => "wait",
        TimelineEventKind.Preparation => "weights prepared",
        TimelineEventKind.Help => "help",
        TimelineEventKind.Transfer => "transfer",
        TimelineEventKind.Recomputation => string.Create(CultureInfo.InvariantCulture, $"{stage}F{one.MicroBatch} again"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{stage}{Letter(one.Kind)}{one.MicroBatch}"),
    };

    public static string Letter(TimelineEventKind kind) => kind switch
    {
        TimelineEventKind.Forward => "F",
        TimelineEventKind.InputGradient => "B",
        TimelineEventKind.WeightGradient => "W",
        TimelineEventKind.Update => "U",
        _ => "",
    };

    /// <summary>12.3 ms or 45.6 µs.</summary>
    public static string Time(double seconds) => Math.Abs(seconds) >= 1
        ? Three(seconds) + " s" : Math.Abs(seconds) >= 1e-3 ? Three(seconds * 1e3) + " ms" : Three(seconds * 1e6) + " µs";

    private static string Three(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
