using System.Globalization;

namespace PipelineBackprop.Data;

/// <summary>
/// Examples with their targets in host memory, float32, row-major: inputs [Count, InputWidth], targets [Count, TargetWidth].
/// Immutable and thread-safe; the memory handed to the constructor must not be changed afterwards.
/// </summary>
public sealed class Dataset
{
    /// <summary>Takes the values without copying them and checks every one.</summary>
    /// <param name="name">What errors and logs call the data set.</param>
    /// <param name="inputWidth">Numbers in one input row, at least 1.</param>
    /// <param name="inputs">Inputs, [count, inputWidth] row after row.</param>
    /// <param name="targetWidth">1 for class indices, else the number of outputs.</param>
    /// <param name="targets">Targets, [count, targetWidth] row after row; class indices are whole numbers stored as float.</param>
    /// <param name="classCount">The number of classes, or 0 for regression.</param>
    /// <param name="classNames">A name for each class, or null.</param>
    /// <param name="inputNames">A name for each input column, or null.</param>
    /// <param name="imageHeight">Rows of pixels when an input row is an image, else 0.</param>
    /// <param name="imageWidth">Pixels in a row of the image, else 0.</param>
    /// <exception cref="ArgumentException">Sizes that contradict each other.</exception>
    /// <exception cref="InvalidInputException">A value that is not finite or a class index outside 0..classCount-1.</exception>
    public Dataset(
        string name,
        int inputWidth,
        ReadOnlyMemory<float> inputs,
        int targetWidth,
        ReadOnlyMemory<float> targets,
        int classCount = 0,
        IReadOnlyList<string>? classNames = null,
        IReadOnlyList<string>? inputNames = null,
        int imageHeight = 0,
        int imageWidth = 0)
        : this(name, inputWidth == 0 ? 0 : inputs.Length / inputWidth, inputWidth, inputs, targetWidth, targets, classCount, classNames, inputNames, imageHeight, imageWidth)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(targetWidth);
        ArgumentOutOfRangeException.ThrowIfNegative(classCount);
        RequireEqual(inputs.Length, (long)Count * inputWidth, nameof(inputs), "values, a whole number of rows");
        RequireEqual(targets.Length, (long)Count * targetWidth, nameof(targets), "values, one row for each input row");
        if (classCount > 0) RequireEqual(targetWidth, 1, nameof(targetWidth), "for class indices");
        if (classNames is not null) RequireEqual(classNames.Count, classCount, nameof(classNames), "names");
        if (inputNames is not null) RequireEqual(inputNames.Count, inputWidth, nameof(inputNames), "names");
        ArgumentOutOfRangeException.ThrowIfNegative(imageHeight);
        ArgumentOutOfRangeException.ThrowIfNegative(imageWidth);
        if (imageHeight != 0 || imageWidth != 0) RequireEqual((long)imageHeight * imageWidth, inputWidth, nameof(imageHeight), "pixels, the input width");
        RequireFinite(inputs.Span, inputWidth, "input", inputNames);
        if (classCount > 0) RequireClasses(targets.Span);
        else RequireFinite(targets.Span, targetWidth, "target", null);
    }

    private Dataset(
        string name, int count, int inputWidth, ReadOnlyMemory<float> inputs, int targetWidth, ReadOnlyMemory<float> targets, int classCount,
        IReadOnlyList<string>? classNames, IReadOnlyList<string>? inputNames, int imageHeight, int imageWidth)
    {
        (Name, Count, InputWidth, Inputs, TargetWidth, Targets, ClassCount) = (name, count, inputWidth, inputs, targetWidth, targets, classCount);
        (ClassNames, InputNames, ImageHeight, ImageWidth) = (classNames, inputNames, imageHeight, imageWidth);
    }

    /// <summary>What errors and logs call the data set.</summary>
    public string Name { get; }

    /// <summary>The number of examples.</summary>
    public int Count { get; }

    /// <summary>Numbers in one input row.</summary>
    public int InputWidth { get; }

    /// <summary>Inputs, [Count, InputWidth] row-major.</summary>
    public ReadOnlyMemory<float> Inputs { get; }

    /// <summary>1 for class indices, else the number of outputs.</summary>
    public int TargetWidth { get; }

    /// <summary>Targets, [Count, TargetWidth] row-major; class indices are whole numbers stored as float.</summary>
    public ReadOnlyMemory<float> Targets { get; }

    /// <summary>The number of classes, or 0 for regression.</summary>
    public int ClassCount { get; }

    /// <summary>A name for each class, or null.</summary>
    public IReadOnlyList<string>? ClassNames { get; }

    /// <summary>A name for each input column, or null.</summary>
    public IReadOnlyList<string>? InputNames { get; }

    /// <summary>Rows of pixels when an input row is an image, else 0.</summary>
    public int ImageHeight { get; }

    /// <summary>Pixels in a row of the image, else 0.</summary>
    public int ImageWidth { get; }

    /// <summary>The input row of example <paramref name="index"/>, InputWidth numbers.</summary>
    public ReadOnlySpan<float> Row(int index) => Inputs.Span.Slice(Checked(index) * InputWidth, InputWidth);

    /// <summary>The target row of example <paramref name="index"/>, TargetWidth numbers.</summary>
    public ReadOnlySpan<float> TargetRow(int index) => Targets.Span.Slice(Checked(index) * TargetWidth, TargetWidth);

    /// <summary>The <paramref name="count"/> examples from <paramref name="start"/> on, sharing this data set's memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside 0..Count.</exception>
    public Dataset Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > Count - start)
        {
            throw new ArgumentOutOfRangeException(
                nameof(count), string.Create(CultureInfo.InvariantCulture, $"Examples {start} to {(long)start + count} do not lie inside the {Count} examples of {Name}."));
        }
        return new Dataset(
            Name, count, InputWidth, Inputs.Slice(start * InputWidth, count * InputWidth), TargetWidth, Targets.Slice(start * TargetWidth, count * TargetWidth),
            ClassCount, ClassNames, InputNames, ImageHeight, ImageWidth);
    }

    private int Checked(int index) => (uint)index < (uint)Count
        ? index
        : throw new ArgumentOutOfRangeException(nameof(index), string.Create(CultureInfo.InvariantCulture, $"Example {index} does not lie inside the {Count} examples of {Name}."));

    private static void RequireEqual(long found, long expected, string argument, string what)
    {
        if (found != expected)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{argument}: found {found}, expected {expected} {what}."), argument);
    }

    private void RequireFinite(ReadOnlySpan<float> values, int width, string kind, IReadOnlyList<string>? names)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i])) continue;
            int row = i / width, column = i % width;
            string named = names is null ? "" : $" ({names[column]})";
            throw new InvalidInputException(string.Create(
                CultureInfo.InvariantCulture, $"{Name}: {kind} row {row}, column {column}{named} is {values[i]}, but every value must be a finite number."));
        }
    }

    private void RequireClasses(ReadOnlySpan<float> labels)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            float label = labels[i];
            if (label >= 0 && label < ClassCount && label == MathF.Floor(label)) continue;
            throw new InvalidInputException(string.Create(
                CultureInfo.InvariantCulture, $"{Name}: target row {i}, column 0 is {label}, but a class index must be a whole number from 0 to {ClassCount - 1}."));
        }
    }
}
