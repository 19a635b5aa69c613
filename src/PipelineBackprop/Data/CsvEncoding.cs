using System.Text.Json.Serialization;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Data;

/// <summary>
/// How rows of one kind of CSV file become numbers, fitted once and kept with the model, so that new rows are read the same way.
/// Plain values for System.Text.Json. Immutable and thread-safe.
/// </summary>
public sealed record CsvEncoding
{
    /// <summary>Whether line 1 of the fitted file names the columns; columns are then found by name, else by position.</summary>
    public required bool HasHeader { get; init; }

    /// <summary>What separates two cells.</summary>
    public required string Delimiter { get; init; }

    /// <summary>Cells in a row of the fitted file.</summary>
    public required int FieldCount { get; init; }

    /// <summary>The input columns in the order of the inputs.</summary>
    public required IReadOnlyList<CsvColumn> Inputs { get; init; }

    /// <summary>The label column (when <see cref="ClassNames"/> is set) or the columns of numbers to predict.</summary>
    public required IReadOnlyList<CsvColumn> Targets { get; init; }

    /// <summary>The names of the classes in the order of their indices; null for regression.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Mean and deviation of every input, or null when inputs are used as they are.</summary>
    public Standardizer? Standardizer { get; init; }

    /// <summary>Inputs of one encoded row.</summary>
    [JsonIgnore]
    public int InputWidth => Inputs.Sum(column => column.Width);

    /// <summary>The names of the inputs; a category of a one-hot column is called "column=category".</summary>
    [JsonIgnore]
    public IReadOnlyList<string> InputNames =>
        [.. Inputs.SelectMany(column => column.Categories?.Select(category => $"{column.Name}={category}") ?? [column.Name])];

    /// <summary>Prints what is learned from what: <c>"kind" (3 classes) from 4 columns of numbers and the categories of "colour" (2)</c>.</summary>
    public override string ToString()
    {
        CsvColumn[] categories = [.. Inputs.Where(column => column.Categories is not null)];
        List<string> sources = [];
        if (Inputs.Count > categories.Length) sources.Add(Counted.Of(Inputs.Count - categories.Length, "column") + " of numbers");
        if (categories.Length > 0) sources.Add("the categories of " + CsvFault.Listed([.. categories.Select(column => $"{CsvFault.Quote(column.Name)} ({column.Width})")]));
        string classes = ClassNames is null ? "" : $" ({Counted.Of(ClassNames.Count, "class", "es")})";
        return $"{CsvFault.List([.. Targets.Select(column => column.Name)])}{classes} from {string.Join(" and ", sources)}";
    }
}
