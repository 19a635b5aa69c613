namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>Numbers behind the rows of a section.</summary>
internal sealed record DetailTable(string Title, IReadOnlyList<string> Columns)
{
    /// <summary>Cells: texts, and what was measured as number, <see cref="Measure"/> or <see cref="Compared"/>, unrounded so that two runs can be compared.</summary>
    public List<object[]> Rows { get; } = [];

    /// <summary>A cell for people.</summary>
    public static string TextOf(object cell) => cell is double number ? $"{number:0.0}" : cell.ToString()!;
}
