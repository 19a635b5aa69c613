using System.Text.Encodings.Web;
using System.Text.Json;
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
    };

    public static string Of(Result result) => JsonSerializer.Serialize(
        new
        {
            result.Machine,
            Depth = result.Depth.ToString().ToLowerInvariant(),
            Seconds = result.Duration.TotalSeconds,
            result.LoadAfter,
            result.Peers,
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
                section.Run.Details,
                section.Run.Notes,
            }),
        },
        s_options) + "\n";

    private static object? Number(Measure? measure) => measure is null ? null : new { measure.Value, measure.Unit, measure.How };
}
