using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Optimise;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>Schedules against the best possible: a table, or one JSON object each.</summary>
internal static class ScheduleDistanceView
{
    public static void Write(IAnsiConsole console, IReadOnlyList<ScheduleDistance> rows, ScheduleObjective objective)
    {
        if (rows.Count == 0) return;
        Table table = Tables.Plain("schedule", "stages a device", "peak M until W", $"T {Name(objective)}", "best with that", "longer by", "proof");
        foreach (ScheduleDistance row in rows)
        {
            bool reached = row.Excess < 1e-9;
            table.AddRow(
                Markup.Escape(row.Schedule.Name), $"{row.Schedule.StageCount / row.Schedule.DeviceCount}", ScheduleView.Number(row.PeakMemory),
                ScheduleView.Number(row.Time), ScheduleView.Number(row.Best.Time), reached ? "[green]0 %[/]" : Numbers.Percent(row.Excess), Proof(row.Best));
        }
        console.Write(table);
        console.MarkupLine("  [grey]Best with that: the least time of any order of the same stages on the same devices with no more memory.[/]");
    }

    /// <summary>What is known of the best, in a few words.</summary>
    public static string Proof(OptimisedSchedule best) => best.IsProven ? "proven" : $"at least {ScheduleView.Number(best.LowerBound)}";

    public static void WriteJson(TextWriter output, ScheduleDistance row) => output.WriteLine(JsonSerializer.Serialize(
        new
        {
            schedule = row.Schedule.Name,
            stages = row.Schedule.StageCount,
            devices = row.Schedule.DeviceCount,
            peakUntilW = row.PeakMemory,
            time = row.Time,
            bestTime = row.Best.Time,
            lowerBound = row.Best.LowerBound,
            proven = row.Best.IsProven,
            excess = row.Excess,
        },
        JsonLines.Options));

    private static string Name(ScheduleObjective objective) => objective.ToString().ToLower(CultureInfo.InvariantCulture);
}
