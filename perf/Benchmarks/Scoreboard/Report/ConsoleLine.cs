namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>A row as a line on the terminal.</summary>
internal static class ConsoleLine
{
    public static string Of(Row row)
    {
        string mark = row.Reached switch { true => "✓", false => "✗", null => " " };
        string rival = row.Rival is null ? "" : $"  against {row.Rival}";
        string ratio = row.Ratio is null ? "" : $"  ratio {row.RatioText}";
        string goal = row.Goal.Length == 0 ? "" : $"  goal {row.Goal}";
        return $"{mark} {row.Work,-62} {row.Ours}{rival}{ratio}{goal}";
    }
}
