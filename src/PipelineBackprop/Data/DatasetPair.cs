using System.Globalization;

namespace PipelineBackprop.Data;

/// <summary>A training part and a test part with the same columns. Immutable and thread-safe.</summary>
public sealed class DatasetPair
{
    /// <summary>Pairs the two parts.</summary>
    /// <exception cref="ArgumentException">The parts differ in input width, target width or number of classes.</exception>
    public DatasetPair(Dataset train, Dataset test)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        if ((train.InputWidth, train.TargetWidth, train.ClassCount) != (test.InputWidth, test.TargetWidth, test.ClassCount))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"Training part {Describe(train)} and test part {Describe(test)} must have the same columns."), nameof(test));
        }
        (Train, Test) = (train, test);
    }

    /// <summary>The examples to learn from.</summary>
    public Dataset Train { get; }

    /// <summary>The examples that training never sees.</summary>
    public Dataset Test { get; }

    private static string Describe(Dataset d) =>
        string.Create(CultureInfo.InvariantCulture, $"({d.InputWidth} inputs, {d.TargetWidth} targets, {d.ClassCount} classes)");
}
