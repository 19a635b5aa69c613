using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>Rows of a CSV file. A column is named by its header or by its position: 0 is the first, -1 the last.</summary>
public sealed record CsvDataSettings : DataSettings
{
    /// <summary>The file to train on, relative to the current folder.</summary>
    public required string File { get; init; }

    /// <summary>The file to test on; default null, a part of <see cref="File"/> is kept for testing.</summary>
    public string? TestFile { get; init; }

    /// <summary>Whether the first line names the columns; default true.</summary>
    public bool Header { get; init; } = true;

    /// <summary>What separates two cells, one printable ASCII character other than a quote, or a tab; default a comma.</summary>
    public string Delimiter { get; init; } = ",";

    /// <summary>The column to learn, by name or position; default "-1", the last.</summary>
    [NumberAccepted]
    public string Label { get; init; } = "-1";

    /// <summary>Whether the label is a class or a number; default classification.</summary>
    public CsvTask Task { get; init; } = CsvTask.Classification;

    /// <summary>The columns that become one input per category, by name or position; columns of text do so by themselves. Default none.</summary>
    [NumberAccepted]
    [SingleAccepted]
    public IReadOnlyList<string> OneHot { get; init; } = [];

    /// <summary>The columns that are left out, by name or position; default none.</summary>
    [NumberAccepted]
    [SingleAccepted]
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Whether numeric inputs are brought to mean 0 and deviation 1, fitted on the training part only; default true.</summary>
    public bool Standardise { get; init; } = true;

    /// <summary>The part of the rows kept for testing when there is no test file, above 0 and below 1; default 0.2.</summary>
    [SettingRange(0, 1, MinimumExclusive = true, MaximumExclusive = true)]
    public double TestFraction { get; init; } = 0.2;

    /// <summary>Whether the rows kept for testing are drawn by chance from the run's seed; false takes the last ones. Default true.</summary>
    public bool ShuffleSplit { get; init; } = true;

    internal override DataSettings WithFullPaths() => this with
    {
        File = Path.GetFullPath(File),
        TestFile = TestFile is null ? null : Path.GetFullPath(TestFile),
    };
}
