using System.Buffers.Binary;
using System.Globalization;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Data;

/// <summary>
/// Reads IDX files, the format of MNIST and its kin: two zero bytes, the type (8 for unsigned bytes), the number of dimensions, a
/// big-endian 32-bit size for each, then the values. Plain or gzip, told apart by their first bytes. Strict: the header must account
/// for every byte of the file, and nothing is allocated on the word of the header alone. Thread-safe.
/// </summary>
public static class IdxReader
{
    private const int ImagesMagic = 2051, LabelsMagic = 2049, ChunkBytes = 1 << 20;

    // Deflate cannot shrink data by more than 1032 to 1, which bounds what a gzip file can hold before it is unpacked.
    private const long LargestRatio = 1032;

    /// <summary>Reads any array of unsigned bytes with 1 to 8 dimensions.</summary>
    /// <exception cref="InvalidInputException">A missing, damaged, truncated or oversized file.</exception>
    public static IdxArray Read(string path) => Read(path, null, "an IDX file of unsigned bytes");

    /// <summary>Reads images: magic number 2051, sizes [count, height, width].</summary>
    /// <exception cref="InvalidInputException">Another magic number, or a missing, damaged, truncated or oversized file.</exception>
    public static IdxArray ReadImages(string path) => Read(path, ImagesMagic, "images");

    /// <summary>Reads labels: magic number 2049, size [count].</summary>
    /// <exception cref="InvalidInputException">Another magic number, or a missing, damaged, truncated or oversized file.</exception>
    public static IdxArray ReadLabels(string path) => Read(path, LabelsMagic, "labels");

    /// <summary>Reads a file of images and its file of labels; pixels become value / 255.</summary>
    /// <param name="name">What errors and logs call the data set.</param>
    /// <param name="imagesPath">The images.</param>
    /// <param name="labelsPath">Their labels.</param>
    /// <param name="classCount">The number of classes, 1 to 256; default 10.</param>
    /// <param name="classNames">A name for each class; default the numbers.</param>
    /// <exception cref="InvalidInputException">A file that cannot be used, different counts, or a label outside 0..classCount-1.</exception>
    public static Dataset ReadDataset(string name, string imagesPath, string labelsPath, int classCount = 10, IReadOnlyList<string>? classNames = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classCount, 256);
        IdxArray images = ReadImages(imagesPath), labels = ReadLabels(labelsPath);
        if (images.Dimensions[0] != labels.Dimensions[0])
            throw Invalid(labelsPath, $"holds {labels.Dimensions[0]} labels, but {imagesPath} holds {images.Dimensions[0]} images");
        ReadOnlySpan<byte> values = labels.Values.Span;
        int wrong = values.IndexOfAnyExceptInRange((byte)0, (byte)(classCount - 1));
        if (wrong >= 0) throw Invalid(labelsPath, $"label {wrong} is {values[wrong]}, but labels must lie in 0..{classCount - 1}");
        classNames ??= [.. Enumerable.Range(0, classCount).Select(index => index.ToString(CultureInfo.InvariantCulture))];
        return ImageDatasets.FromBytes(name, images.Values.Span, values, images.Dimensions[1], images.Dimensions[2], classNames);
    }

    private static IdxArray Read(string path, int? magic, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (!file.CanSeek) throw Invalid(path, $"is a pipe or a device, but {what} must be in a file");
            bool packed = file.Length >= 2 && file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream stream = packed ? new WholeGzipStream(file) : file;
            long mostBytes = packed ? file.Length * LargestRatio : file.Length;
            return ReadArray(path, stream, mostBytes, packed, magic, what);
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidInputException($"{path}: the gzip data is damaged or cut off, or other bytes follow it, so the file must be fetched or made again.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: {FileFault.OfReading(path, fault)}, but {what} should be there.", fault);
        }
    }

    private static IdxArray ReadArray(string path, Stream stream, long mostBytes, bool packed, int? magic, string what)
    {
        Span<byte> word = stackalloc byte[4];
        ReadHeader(path, stream, word, 0, what);
        int found = BinaryPrimitives.ReadInt32BigEndian(word), rank = found & 0xFF;
        if (magic is int wanted && found != wanted)
            throw Invalid(path, $"begins with the magic number {found}, but {what} begin with {wanted}");
        if (found >> 8 != 8 || rank is < 1 or > 8)
            throw Invalid(path, $"begins with the magic number {found}, but {what} begins with {0x801} to {0x808} (type 8, 1 to 8 dimensions)");
        int[] dimensions = new int[rank];
        long values = 1, header = 4 + 4L * rank;
        for (int i = 0; i < rank; i++)
        {
            ReadHeader(path, stream, word, 4 + 4 * i, what);
            uint size = BinaryPrimitives.ReadUInt32BigEndian(word);
            if (size == 0 || size > Array.MaxLength || (values *= size) > Array.MaxLength)
                throw Invalid(path, $"dimension {i} of its header is {size}, but sizes must be at least 1 and their product at most {Array.MaxLength}");
            dimensions[i] = (int)size;
        }
        if (header + values > mostBytes)
            throw Invalid(path, $"its header promises {values} values ({string.Join('×', dimensions)}), but {(packed ? $"{mostBytes / LargestRatio} packed bytes cannot hold more than" : "after the header the file holds only")} {mostBytes - header}");
        return new IdxArray(path, dimensions, ReadValues(path, stream, (int)values, dimensions));
    }

    private static byte[] ReadValues(string path, Stream stream, int count, int[] dimensions)
    {
        // Grown chunk by chunk: a header that lies costs no more memory than the file really yields.
        byte[] values = new byte[Math.Min(count, ChunkBytes)];
        int filled = 0;
        while (filled < count)
        {
            if (filled == values.Length) Array.Resize(ref values, (int)Math.Min(count, 2L * values.Length));
            int read = stream.Read(values, filled, values.Length - filled);
            if (read == 0) throw Invalid(path, $"its header promises {count} values ({string.Join('×', dimensions)}), but the file ends after {filled}");
            filled += read;
        }
        if (stream.ReadByte() >= 0)
            throw Invalid(path, $"its header promises {count} values ({string.Join('×', dimensions)}), but the file goes on after them ({Trailing(stream)})");
        return values;
    }

    private static string Trailing(Stream stream)
    {
        long bytes = 1;
        byte[] buffer = new byte[4096];
        for (int read; bytes <= ChunkBytes && (read = stream.Read(buffer)) > 0;) bytes += read;
        return bytes > ChunkBytes ? $"more than {ChunkBytes} bytes too many" : $"{bytes} bytes too many";
    }

    private static void ReadHeader(string path, Stream stream, Span<byte> word, int offset, string what)
    {
        int read = stream.ReadAtLeast(word, word.Length, throwOnEndOfStream: false);
        if (read < word.Length) throw Invalid(path, $"ends after {offset + read} bytes inside its header, so it does not hold {what}");
    }

    private static InvalidInputException Invalid(string path, FormattableString fault) =>
        new($"{path}: {fault.ToString(CultureInfo.InvariantCulture)}.");
}
