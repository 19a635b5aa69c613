using System.Globalization;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Data;

/// <summary>
/// Turns CSV files (RFC 4180, UTF-8) into data sets. Standardisation is fitted on the training part only; categories and classes are
/// collected from the whole training file and refused elsewhere when unknown. Line numbers count from 1, the header included. Thread-safe.
/// </summary>
public static class CsvDatasetReader
{
    /// <summary>Reads a training file and either a test file or a part of the training file kept for testing.</summary>
    /// <param name="path">The file to fit columns, categories, classes and standardisation on.</param>
    /// <param name="options">How columns are used and how the rows are split.</param>
    /// <param name="testPath">The file to test on; null keeps <see cref="CsvOptions.TestFraction"/> of the rows for testing.</param>
    /// <exception cref="InvalidInputException">Settings or a file that cannot be used; names file, line, column and the text found.</exception>
    public static CsvData Load(string path, CsvOptions options, string? testPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CsvOptionsCheck.Require(options, path);
        CsvTable table = WithFile(path, reader => CsvTable.Read(reader, path, options));
        (int[] train, int[] test) = Split(path, table.Rows.Count, options, testPath);
        CsvEncoding encoding = table.Fit(train, options);
        Dataset trainPart = table.Encode(train, encoding, Name(path, testPath is null ? " train" : ""));
        Dataset testPart = testPath is null ? table.Encode(test, encoding, Name(path, " test")) : Read(testPath, encoding);
        return new CsvData(new DatasetPair(trainPart, testPart), encoding);
    }

    /// <summary>Reads both parts with an encoding that was fitted before, such as that of a trained network; nothing is fitted.</summary>
    /// <param name="path">The file with the training part.</param>
    /// <param name="encoding">Columns, categories, standardisation and class names.</param>
    /// <param name="options">How the rows are cut and split; the columns are those of the encoding.</param>
    /// <param name="testPath">As in <see cref="Load(string, CsvOptions, string?)"/>.</param>
    /// <exception cref="InvalidInputException">A file that does not fit the encoding; names file, line, column and the text found.</exception>
    public static CsvData Load(string path, CsvEncoding encoding, CsvOptions options, string? testPath = null)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        CsvOptionsCheck.Require(options, path);
        encoding = encoding with { HasHeader = options.HasHeader, Delimiter = options.Delimiter };
        Dataset all = Read(path, encoding);
        (int[] train, int[] test) = Split(path, all.Count, options, testPath);
        return new CsvData(
            new DatasetPair(CsvSplit.Take(all, train, Name(path, testPath is null ? " train" : "")), testPath is null ? CsvSplit.Take(all, test, Name(path, " test")) : Read(testPath, encoding)), encoding);
    }

    /// <summary>Reads a file with labels or targets, such as a test file, with an encoding that was fitted before.</summary>
    /// <exception cref="InvalidInputException">A file that does not fit the encoding; names file, line, column and the text found.</exception>
    public static Dataset Read(string path, CsvEncoding encoding)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(encoding);
        return WithFile(path, reader =>
        {
            var encoder = new CsvEncoder(encoding);
            (int count, float[] inputs, float[] targets) = encoder.Encode(reader, path, withTargets: true);
            return count == 0
                ? throw CsvFault.In(path, $"the file has no rows, but at least one is needed")
                : new Dataset(Name(path, ""), encoding.InputWidth, inputs, encoding.Targets.Count, targets, encoding.ClassNames?.Count ?? 0, encoding.ClassNames, encoding.InputNames);
        });
    }

    /// <summary>Reads rows to predict from a file. Label and target columns may be there or not; they are not used.</summary>
    /// <exception cref="InvalidInputException">A file that does not fit the encoding; names file, line, column and the text found.</exception>
    public static EncodedRows ReadInputs(string path, CsvEncoding encoding)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return WithFile(path, reader => ReadInputs(reader, path, encoding));
    }

    /// <summary>Reads rows to predict from a reader, which stays open; <paramref name="source"/> is what errors call it.</summary>
    /// <exception cref="InvalidInputException">Rows that do not fit the encoding; names source, line, column and the text found.</exception>
    public static EncodedRows ReadInputs(TextReader reader, string source, CsvEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(encoding);
        (int count, float[] inputs, _) = new CsvEncoder(encoding).Encode(reader, source, withTargets: false);
        return new EncodedRows(count, encoding.InputWidth, inputs);
    }

    private static (int[] Train, int[] Test) Split(string path, int count, CsvOptions options, string? testPath)
    {
        int testCount = 0;
        if (testPath is null)
        {
            if (count < 2) throw CsvFault.In(path, $"the file has {count} rows, but at least 2 are needed to keep one for testing");
            testCount = Math.Clamp((int)Math.Round(count * options.TestFraction), 1, count - 1);
        }
        return CsvSplit.Of(count, testCount, options.Shuffle, options.Seed);
    }

    private static string Name(string path, string part) => Path.GetFileName(path) + part;

    private static T WithFile<T>(string path, Func<StreamReader, T> use)
    {
        try
        {
            using var reader = new StreamReader(path);
            return use(reader);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"{path}: {FileFault.OfReading(path, fault)}, but a CSV file should be there."), fault);
        }
    }
}
