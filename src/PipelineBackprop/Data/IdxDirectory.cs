using System.Globalization;

namespace PipelineBackprop.Data;

/// <summary>
/// Finds and reads the four files of MNIST, Fashion-MNIST or KMNIST in a folder: train-images-idx3-ubyte, train-labels-idx1-ubyte,
/// t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each also with ".idx" in place of "-idx" and with ".gz". Thread-safe.
/// </summary>
public static class IdxDirectory
{
    private const string TrainPrefix = "train", TestPrefix = "t10k";

    /// <summary>
    /// Reads the folder. With train and t10k files, these are the two parts; when only one of them is there, its first
    /// <paramref name="trainCount"/> examples are for training and its last <paramref name="testCount"/> for testing.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="trainCount">Take only the first examples for training; needed when only one pair of files is there.</param>
    /// <param name="testCount">Take only the last examples for testing; needed when only one pair of files is there.</param>
    /// <param name="classNames">A name for each of the ten classes; default the digits.</param>
    /// <exception cref="InvalidInputException">Missing or unusable files, or more examples asked for than there are.</exception>
    public static DatasetPair Load(string directory, int? trainCount = null, int? testCount = null, IReadOnlyList<string>? classNames = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory)) throw new InvalidInputException($"{directory}: there is no such folder, but the data files should be there.");
        Dataset? train = Read(directory, TrainPrefix, classNames), test = Read(directory, TestPrefix, classNames);
        if (train is null && test is null)
            throw new InvalidInputException($"{directory}: found neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte (with or without .gz), but at least one pair of images and labels is needed.");
        if (train is not null && test is not null)
        {
            if (train.InputWidth != test.InputWidth)
                throw Invalid(directory, $"the images to train on have {train.ImageHeight}×{train.ImageWidth} pixels, but those to test on {test.ImageHeight}×{test.ImageWidth}, and both need the same size");
            int first = Within(trainCount ?? train.Count, train, "train", directory), last = Within(testCount ?? test.Count, test, "test", directory);
            return new DatasetPair(train.Slice(0, first), test.Slice(test.Count - last, last));
        }
        return Split((train ?? test)!, trainCount, testCount, directory);
    }

    private static DatasetPair Split(Dataset only, int? trainCount, int? testCount, string directory)
    {
        if (trainCount is not int first || testCount is not int last)
            throw Invalid(directory, $"holds only one pair of files with {only.Count} examples, so both a training and a test count must be given");
        Within(first, only, "train", directory);
        Within(last, only, "test", directory);
        if ((long)first + last > only.Count)
            throw Invalid(directory, $"{first} examples to train and {last} to test were asked for, but its one pair of files holds {only.Count}");
        return new DatasetPair(only.Slice(0, first), only.Slice(only.Count - last, last));
    }

    private static int Within(int count, Dataset part, string purpose, string directory) => count >= 1 && count <= part.Count
        ? count
        : throw Invalid(directory, $"{count} examples to {purpose} were asked for, but there must be at least 1 and {part.Name} holds {part.Count}");

    private static Dataset? Read(string directory, string prefix, IReadOnlyList<string>? classNames)
    {
        string? images = Find(directory, prefix, "images", 3), labels = Find(directory, prefix, "labels", 1);
        if (images is null && labels is null) return null;
        if (images is null || labels is null)
            throw new InvalidInputException($"{images ?? labels}: the matching file {prefix}-{(images is null ? "images-idx3" : "labels-idx1")}-ubyte (with or without .gz) is missing beside it.");
        return IdxReader.ReadDataset($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))} {prefix}", images, labels, 10, classNames);
    }

    private static string? Find(string directory, string prefix, string kind, int rank)
    {
        foreach (char separator in "-.")
        {
            foreach (string ending in (string[])["", ".gz"])
            {
                string path = Path.Combine(directory, $"{prefix}-{kind}{separator}idx{rank}-ubyte{ending}");
                if (File.Exists(path)) return path;
            }
        }
        return null;
    }

    private static InvalidInputException Invalid(string directory, FormattableString fault) =>
        new($"{directory}: {fault.ToString(CultureInfo.InvariantCulture)}.");
}
