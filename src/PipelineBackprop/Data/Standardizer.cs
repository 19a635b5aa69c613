using System.Globalization;
using System.Text.Json.Serialization;

namespace PipelineBackprop.Data;

/// <summary>
/// Brings every column to mean 0 and deviation 1: z = (x − mean) / deviation, with the deviation of the population (divided by n).
/// A constant column keeps deviation 1. Plain values for System.Text.Json. Immutable and thread-safe.
/// </summary>
public sealed class Standardizer
{
    /// <summary>Takes the two rows of numbers as they were fitted or read from a file.</summary>
    /// <exception cref="InvalidInputException">Different lengths, a value that is not finite or a deviation that is not above 0.</exception>
    [JsonConstructor]
    public Standardizer(IReadOnlyList<double> means, IReadOnlyList<double> deviations)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(deviations);
        if (means.Count != deviations.Count)
            throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"The standardisation has {means.Count} means and {deviations.Count} deviations, but needs one of each for every column."));
        for (int i = 0; i < means.Count; i++)
        {
            if (!double.IsFinite(means[i]) || !double.IsFinite(deviations[i]) || deviations[i] <= 0)
                throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"The standardisation of column {i} has mean {means[i]} and deviation {deviations[i]}, but both must be finite and the deviation above 0."));
        }
        (Means, Deviations) = (means, deviations);
    }

    /// <summary>The mean of every column.</summary>
    public IReadOnlyList<double> Means { get; }

    /// <summary>The deviation of every column, above 0.</summary>
    public IReadOnlyList<double> Deviations { get; }

    /// <summary>Fits all input columns of a data set.</summary>
    public static Standardizer Fit(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var fit = new StandardizerFit(dataset.InputWidth);
        double[] row = new double[dataset.InputWidth];
        for (int i = 0; i < dataset.Count; i++)
        {
            ReadOnlySpan<float> values = dataset.Row(i);
            for (int j = 0; j < row.Length; j++) row[j] = values[j];
            fit.Add(row);
        }
        return fit.ToStandardizer(new bool[row.Length]);
    }

    /// <summary>Writes the standardised <paramref name="row"/> (one value a column) to <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">A length that differs from the number of columns.</exception>
    public void Apply(ReadOnlySpan<double> row, Span<float> destination)
    {
        if (row.Length != Means.Count || destination.Length != Means.Count)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"row has {row.Length} and destination {destination.Length} values, the standardisation {Means.Count} columns."), nameof(row));
        for (int j = 0; j < row.Length; j++) destination[j] = (float)((row[j] - Means[j]) / Deviations[j]);
    }
}
