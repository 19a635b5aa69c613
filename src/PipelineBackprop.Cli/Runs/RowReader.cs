using System.Globalization;
using PipelineBackprop.Configuration;
using PipelineBackprop.Data;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Reads rows to predict: CSV text in the encoding of the training data, or images.</summary>
internal static class RowReader
{
    private const string Standard = "-";

    public static EncodedRows Read(string path, DataDescription data, TextReader input)
    {
        CsvEncoding encoding = data.Encoding ?? PlainNumbers(data.InputWidth);
        string source = SourceOf(path);
        EncodedRows rows = path == Standard ? CsvDatasetReader.ReadInputs(input, source, encoding) : ReadFile(path, data, encoding);
        return rows.Count > 0 ? rows : throw new InvalidInputException($"{source}: there are no rows, but at least one is needed to predict.");
    }

    /// <summary>What errors call the rows of a path.</summary>
    public static string SourceOf(string path) => path == Standard ? "standard input" : path;

    private static EncodedRows ReadFile(string path, DataDescription data, CsvEncoding encoding)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (IsIdx(stream)) return ReadImages(path, data);
            using var reader = new StreamReader(stream);
            return CsvDatasetReader.ReadInputs(reader, path, encoding);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: {FileFault.OfReading(path, fault)}, but rows as CSV text or an IDX file of images should be there.", fault);
        }
    }

    // IDX files begin with two zero bytes, gzip files with 1f 8b; no text does. A pipe is read once, so it is not looked into: it brings text.
    private static bool IsIdx(FileStream stream)
    {
        if (!stream.CanSeek) return false;
        bool isIdx = (stream.ReadByte(), stream.ReadByte()) is (0, 0) or (0x1f, 0x8b);
        stream.Position = 0;
        return isIdx;
    }

    private static EncodedRows ReadImages(string path, DataDescription data)
    {
        if (data.Encoding is not null)
            throw new InvalidInputException($"{path} holds images, but the network was trained on rows of a CSV file; give such rows.");
        IdxArray images = IdxReader.ReadImages(path);
        int count = images.Dimensions[0], width = images.Dimensions[1] * images.Dimensions[2];
        if (width != data.InputWidth)
        {
            throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture,
                $"{path}: the images have {images.Dimensions[1]}×{images.Dimensions[2]} = {width} pixels, but the network takes {data.InputWidth} inputs."));
        }
        float[] inputs = new float[images.Values.Length];
        ReadOnlySpan<byte> pixels = images.Values.Span;
        for (int i = 0; i < inputs.Length; i++) inputs[i] = pixels[i] / 255f;
        return new EncodedRows(count, width, inputs);
    }

    // Data without an encoding of its own is given as its numbers, one row a line.
    private static CsvEncoding PlainNumbers(int width) => new()
    {
        HasHeader = false,
        Delimiter = ",",
        FieldCount = width,
        Inputs = [.. Enumerable.Range(0, width).Select(i => new CsvColumn(string.Create(CultureInfo.InvariantCulture, $"column {i}"), i))],
        Targets = [],
    };
}
