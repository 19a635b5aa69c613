using PipelineBackprop.Data;

namespace PipelineBackprop.Configuration;

/// <summary>The data that the settings of a run describe. Immutable and thread-safe.</summary>
/// <param name="Train">The examples to learn from.</param>
/// <param name="Test">The examples that training never sees.</param>
/// <param name="Encoding">How rows of a CSV file become inputs; null for other data.</param>
public sealed record RunData(Dataset Train, Dataset Test, CsvEncoding? Encoding)
{
    /// <summary>What the data looks like.</summary>
    public DataDescription Description => DataDescription.Of(Train, Encoding);

    /// <summary>Draws or reads the data.</summary>
    /// <exception cref="InvalidInputException">A file is missing or cannot be used, in one sentence.</exception>
    public static RunData Load(RunFile run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Data switch
        {
            DigitsDataSettings digits => Of(DrawnDigits.Generate(digits.Seed, digits.TrainCount, digits.TestCount, cancellationToken)),
            IdxDataSettings idx => Of(IdxDirectory.Load(idx.Directory, idx.TrainCount, idx.TestCount)),
            CsvDataSettings csv => Of(CsvDatasetReader.Load(csv.File, Options(csv, run.Seed), csv.TestFile)),
            LinearDataSettings linear => Of(SyntheticRegression.Generate(linear.Seed, linear.Inputs, linear.TrainCount, linear.TestCount)),
            _ => throw new ArgumentException($"Data of the kind {run.Data.GetType().Name} is not known here.", nameof(run)),
        };
    }

    /// <summary>Draws or reads data for a network that was trained before: rows of a CSV file become the inputs that such rows were in training.</summary>
    /// <exception cref="InvalidInputException">A file is missing or cannot be used, in one sentence.</exception>
    public static RunData LoadFor(DataDescription trained, RunFile run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(run);
        return run.Data is CsvDataSettings csv && trained.Encoding is { } encoding
            ? Of(CsvDatasetReader.Load(csv.File, encoding, Options(csv, run.Seed), csv.TestFile))
            : Load(run, cancellationToken);
    }

    private static RunData Of(DatasetPair pair) => new(pair.Train, pair.Test, null);

    private static RunData Of(CsvData csv) => new(csv.Datasets.Train, csv.Datasets.Test, csv.Encoding);

    private static CsvOptions Options(CsvDataSettings csv, ulong seed) => new()
    {
        HasHeader = csv.Header,
        Delimiter = csv.Delimiter,
        LabelColumn = csv.Task == CsvTask.Classification ? csv.Label : null,
        TargetColumns = csv.Task == CsvTask.Regression ? [csv.Label] : [],
        OneHotColumns = csv.OneHot,
        IgnoreColumns = csv.Ignore,
        Standardize = csv.Standardise,
        TestFraction = csv.TestFraction,
        Shuffle = csv.ShuffleSplit,
        Seed = seed,
    };
}
