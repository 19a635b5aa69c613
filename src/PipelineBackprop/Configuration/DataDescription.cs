using PipelineBackprop.Data;

namespace PipelineBackprop.Configuration;

/// <summary>
/// What data looks like: all that a network needs to be built for it and that new rows need to be read like it. Plain values for System.Text.Json, kept
/// with a run. Immutable and thread-safe.
/// </summary>
/// <param name="Name">What errors call the data.</param>
/// <param name="InputWidth">Numbers in an input row, at least 1.</param>
/// <param name="TargetWidth">1 for class indices, else the numbers to predict.</param>
/// <param name="ClassCount">The number of classes, or 0 for numbers to predict.</param>
/// <param name="ClassNames">A name for each class, or null.</param>
/// <param name="ImageHeight">Rows of pixels when an input row is an image, else 0.</param>
/// <param name="ImageWidth">Pixels in a row of the image, else 0.</param>
/// <param name="Encoding">How rows of a CSV file become inputs; null for other data.</param>
public sealed record DataDescription(
    string Name, int InputWidth, int TargetWidth, int ClassCount, IReadOnlyList<string>? ClassNames = null, int ImageHeight = 0, int ImageWidth = 0,
    CsvEncoding? Encoding = null)
{
    /// <summary>Describes a data set.</summary>
    public static DataDescription Of(Dataset data, CsvEncoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new DataDescription(
            data.Name, data.InputWidth, data.TargetWidth, data.ClassCount, data.ClassNames, data.ImageHeight, data.ImageWidth, encoding);
    }
}
