namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>Numbers behind the rows of a section.</summary>
internal sealed record DetailTable(string Title, IReadOnlyList<string> Columns)
{
    public List<string[]> Rows { get; } = [];
}
