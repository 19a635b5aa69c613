using System.Text.Json.Serialization;

namespace PipelineBackprop.Data;

/// <summary>One column of a CSV file as the training part defined it.</summary>
/// <param name="Name">Its header, or "column N" without a header.</param>
/// <param name="Position">Its place in a row, from 0.</param>
/// <param name="Categories">The sorted texts of a one-hot column, one input each; null for a column of numbers.</param>
public sealed record CsvColumn(string Name, int Position, IReadOnlyList<string>? Categories = null)
{
    /// <summary>How many inputs the column becomes.</summary>
    [JsonIgnore]
    public int Width => Categories?.Count ?? 1;
}
