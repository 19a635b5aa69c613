using System.Globalization;
using System.Text.RegularExpressions;
using PipelineBackprop.Naming;
using PipelineBackprop.Schedules;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>A schedule as a person reads it: the grid, the times and bubbles, the memory of each device.</summary>
internal static partial class ScheduleView
{
    private const int MostColumns = 50_000, MostCells = 2_000_000;

    // Seen alike by most colour-blind people: blue, orange, grey-green.
    private static readonly Dictionary<char, string> s_colours = new() { ['F'] = "deepskyblue3", ['B'] = "orange3", ['W'] = "darkseagreen4" };

    public static void Write(CliEnvironment environment, ScheduleReport report)
    {
        IAnsiConsole console = environment.ConsoleOver(environment.Output);
        PipelineSchedule schedule = report.Schedule;
        string devices = schedule.StageCount == schedule.DeviceCount ? Counted.Of(schedule.DeviceCount, "stage") : $"{Counted.Of(schedule.StageCount, "stage")} on {Counted.Of(schedule.DeviceCount, "device")}";
        string minibatches = schedule.MinibatchCount > 1 ? $" of {schedule.MinibatchCount} minibatches" : "";
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[bold]{schedule.Name}[/]  {devices}, {Counted.Of(schedule.MicroBatchCount, "micro-batch", "es")}{minibatches}");
        if (schedule.Staleness is { } staleness) console.MarkupLineInterpolated($"[yellow]{staleness}[/]");
        console.WriteLine();
        WriteGrid(environment, console, report.Timeline);
        console.Write(Times(report));
        if (report.Timeline.SteadyTime is { } steady)
            console.MarkupLineInterpolated($"  Once the pipeline is full a minibatch takes {Number(steady)}: bubble {Numbers.Percent(report.Timeline.SteadyBubble!.Value)}.");
        console.Write(Memory(report));
        console.MarkupLine("  [grey]M: the activations of one micro-batch on all stages of a device.[/]");
    }

    private static void WriteGrid(CliEnvironment environment, IAnsiConsole console, ScheduleTimeline timeline)
    {
        (double unit, bool exact) = ScheduleGridUnit.Of(timeline);
        double columns = Math.Ceiling(timeline.BarrierTime / unit);
        if (columns > MostColumns || columns * timeline.Schedule.DeviceCount > MostCells)
        {
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]A grid of {timeline.Schedule.DeviceCount} devices and {columns} columns is too large to draw; --json gives every start and end.[/]");
            return;
        }
        if (!environment.IsTerminal)
        {
            environment.Output.Write(ScheduleGrid.Render(timeline, unit));
        }
        else
        {
            foreach (string line in ScheduleGrid.Render(timeline, unit, maxWidth: Math.Max(40, console.Profile.Width)).TrimEnd('\n').Split('\n'))
                console.MarkupLine(Coloured(line));
        }
        if (!exact || unit != 1) console.MarkupLineInterpolated($"[grey]A column is {Number(unit)}{(exact ? "" : ", to which the starts are rounded down")}.[/]");
    }

    private static string Coloured(string line)
    {
        string colour = "grey";
        return Cell().Replace(Markup.Escape(line), match =>
        {
            if (match.Groups["kind"] is { Success: true } kind) colour = s_colours[kind.Value[0]];
            string shown = match.Value == "." ? "grey" : colour;
            return $"[{shown}]{match.Value}[/]";
        });
    }

    private static Table Times(ScheduleReport report)
    {
        Table table = Tables.Plain("", "T", "ideal", "bubble");
        void Rows(ScheduleTimeline timeline, string sent)
        {
            table.AddRow($"barrier, {sent}", Number(timeline.BarrierTime), Number(timeline.IdealTime), Numbers.Percent(timeline.BarrierBubble));
            table.AddRow($"span, {sent}", Number(timeline.SpanTime), Number(timeline.IdealTime), Numbers.Percent(timeline.SpanBubble));
        }
        Rows(report.Timeline, "B sent on at once");
        if (report.Fused is { } fused) Rows(fused, "B sent on after W");
        return table;
    }

    private static Table Memory(ScheduleReport report)
    {
        Table table = Tables.Plain("device", "starts", "ends", "busy", "waits", "peak M until B", "until W");
        for (int device = 0; device < report.Schedule.DeviceCount; device++)
        {
            TimedAction[] actions = [.. report.Timeline.OfDevice(device)];
            if (actions.Length == 0) continue;
            double start = actions[0].Start, end = actions[^1].End, busy = actions.Sum(timed => timed.End - timed.Start);
            table.AddRow(
                $"{device}", Number(start), Number(end), Number(busy), Number(end - start - busy), Number(report.Timeline.PeakMemory[device]),
                Number(report.PeakUntilWeightGradient[device]));
        }
        return table;
    }

    /// <summary>Up to four digits behind the point, none of them a last zero.</summary>
    public static string Number(double value) => Math.Round(value, 4).ToString("0.####", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<=\s)(?:\d+(?<kind>[FBW])\d+|[-.])(?=\s|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Cell();
}
