namespace PipelineBackprop.Data;

/// <summary>
/// How a CSV file becomes inputs and targets. A column is named by its header, or by its position: 0 is the first, -1 the last
/// (a header that equals the text wins). Immutable and thread-safe.
/// </summary>
public sealed record CsvOptions
{
    /// <summary>Whether line 1 names the columns; default true. Without it columns are called "column 0", "column 1", and so on.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>What separates two cells, one printable ASCII character other than a quote, or a tab; default a comma.</summary>
    public string Delimiter { get; init; } = ",";

    /// <summary>The column that holds the class label, for classification. Exactly one of this and <see cref="TargetColumns"/> is needed.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>The columns that hold the numbers to predict, for regression; default none.</summary>
    public IReadOnlyList<string> TargetColumns { get; init; } = [];

    /// <summary>Input columns that become one input per category; default none.</summary>
    public IReadOnlyList<string> OneHotColumns { get; init; } = [];

    /// <summary>Columns that are not used at all; default none.</summary>
    public IReadOnlyList<string> IgnoreColumns { get; init; } = [];

    /// <summary>Whether an input column whose first cell is no number becomes one-hot by itself, and is refused when another cell is a number; default true.</summary>
    public bool DetectText { get; init; } = true;

    /// <summary>The most categories a one-hot column and the most classes a label column may have, 2 to 100,000; default 1,000.</summary>
    public int MaxCategories { get; init; } = 1000;

    /// <summary>The names of the classes in the order of their indices; null (the default) sorts the labels found, numbers by value.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>The number of classes when labels are the whole numbers 0..ClassCount-1; null (the default) takes the labels found.</summary>
    public int? ClassCount { get; init; }

    /// <summary>Whether numeric inputs are brought to mean 0 and deviation 1, fitted on the training part only; default true.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>The part of the rows kept for testing when there is no test file, above 0 and below 1; default 0.2.</summary>
    public double TestFraction { get; init; } = 0.2;

    /// <summary>Whether the rows for testing are drawn by chance; false takes the last ones. Default true.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>The seed of that draw; default 1.</summary>
    public ulong Seed { get; init; } = 1;
}
