using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>The result for programs, numbers unrounded.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        // A number that is none is told rather than losing all the others.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string Of(Result result) => JsonSerializer.Serialize(
        new
        {
            result.Command,
            result.Machine,
            Depth = result.Depth.ToString().ToLowerInvariant(),
            Seconds = result.Duration.TotalSeconds,
            result.LoadAfter,
            result.Peers,
            Goals = result.GoalCount,
            Reached = result.ReachedCount,
            Sections = result.Sections.Select(section => new
            {
                section.Section.Name,
                section.Section.Title,
                Seconds = section.Duration.TotalSeconds,
                Rows = section.Run.Rows.Select(row => new
                {
                    row.Work,
                    Ours = Number(row.Ours),
                    Rival = Number(row.Rival),
                    row.Ratio,
                    row.LeastRatio,
                    row.MostOurs,
                    row.Reached,
                }),
                Details = section.Run.Details.Select(table => new { table.Title, table.Columns, Rows = table.Rows.Select(row => row.Select(Cell)) }),
                section.Run.Notes,
                section.Run.Faults,
            }),
        },
        s_options) + "\n";

    private static object Cell(object cell) => cell is Measure measure ? Number(measure)! : cell;

    private static object? Number(Measure? measure) => measure is null ? null : new { measure.Value, measure.Unit, measure.How };
}
