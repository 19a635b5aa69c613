using System.Buffers;
using System.Buffers.Binary;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Checkpoints;

/// <summary>
/// Reads the safetensors format, strictly: the header must be valid JSON without repeated keys, and the tensors must cover the data from its first
/// to its last byte without overlap or gap. Nothing is allocated by a number from the file before that number is checked. F32 and F64
/// come back bit for bit; F16 and BF16 are converted to float32, exactly. Source: huggingface/safetensors, README, "Format". Thread-safe.
/// </summary>
public static class SafetensorsReader
{
    /// <summary>The longest header accepted, in bytes; the reference implementation has the same bound.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    private const int ChunkBytes = 1 << 20;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file; messages name it as given here.</param>
    /// <param name="cancellationToken">Stops the read between chunks of at most 1 MiB.</param>
    /// <exception cref="InvalidInputException">The file is missing, cannot be opened, or is not a safetensors file that can be read here.</exception>
    public static async Task<SafetensorsFile> ReadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream = Open(path);
        await using (stream.ConfigureAwait(false))
            return await ReadAsync(stream, path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a stream from its present position to its end.</summary>
    /// <param name="stream">A stream that knows its length.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="cancellationToken">Stops the read between chunks of at most 1 MiB.</param>
    /// <exception cref="InvalidInputException">The bytes are not a safetensors file that can be read here.</exception>
    public static async Task<SafetensorsFile> ReadAsync(Stream stream, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        string file = $"The safetensors file '{name}'";
        long length = stream.Length - stream.Position;
        try
        {
            byte[] json = await ReadHeaderAsync(stream, length, file, cancellationToken).ConfigureAwait(false);
            var header = new SafetensorsHeader(file);
            IReadOnlyList<TensorEntry> entries = header.Parse(json, length - sizeof(long) - json.Length);
            var tensors = new List<NamedTensor>(entries.Count);
            foreach (TensorEntry entry in entries)
                tensors.Add(await ReadTensorAsync(stream, entry, cancellationToken).ConfigureAwait(false));
            return new SafetensorsFile(tensors, header.Metadata);
        }
        catch (EndOfStreamException error)
        {
            throw new InvalidInputException($"{file} became shorter than its {length} bytes while it was read.", error);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
            if (stream.CanSeek)
                return stream;
            stream.Dispose();
            throw new InvalidInputException($"'{path}' is a pipe or a device, where a safetensors file is needed.");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidInputException($"The safetensors file '{path}' does not exist.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The safetensors file '{path}' cannot be opened: {FileFault.Words(path, error)}.", error);
        }
    }

    private static async Task<byte[]> ReadHeaderAsync(Stream stream, long length, string file, CancellationToken cancellationToken)
    {
        if (length < sizeof(long))
            throw new InvalidInputException($"{file} has {length} bytes, where the length of the header alone takes 8.");
        byte[] prefix = new byte[sizeof(long)];
        await stream.ReadExactlyAsync(prefix, cancellationToken).ConfigureAwait(false);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxHeaderBytes)
            throw new InvalidInputException($"{file} claims a header of {headerLength} bytes, where at most {MaxHeaderBytes} are allowed.");
        if ((long)headerLength > length - sizeof(long))
            throw new InvalidInputException($"{file} claims a header of {headerLength} bytes, but only {length - sizeof(long)} follow.");
        byte[] json = new byte[(int)headerLength];
        await stream.ReadExactlyAsync(json, cancellationToken).ConfigureAwait(false);
        return json;
    }

    private static async Task<NamedTensor> ReadTensorAsync(Stream stream, TensorEntry entry, CancellationToken cancellationToken) => entry.Type == ElementType.F64
        ? new NamedTensor(entry.Name, entry.Shape, await ReadNumbersAsync<double>(stream, entry, ElementTypes.ToFloat64, cancellationToken).ConfigureAwait(false))
        : new NamedTensor(entry.Name, entry.Shape, await ReadNumbersAsync<float>(
            stream, entry, (bytes, numbers) => ElementTypes.ToFloat32(entry.Type, bytes, numbers), cancellationToken).ConfigureAwait(false));

    private static async Task<T[]> ReadNumbersAsync<T>(
        Stream stream, TensorEntry entry, Action<ReadOnlySpan<byte>, Span<T>> convert, CancellationToken cancellationToken)
    {
        var numbers = new T[entry.Count];
        int size = ElementTypes.Size(entry.Type);
        byte[] chunk = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, entry.End - entry.Begin));
        try
        {
            for (int done = 0; done < numbers.Length;)
            {
                int count = Math.Min(numbers.Length - done, ChunkBytes / size);
                await stream.ReadExactlyAsync(chunk.AsMemory(0, count * size), cancellationToken).ConfigureAwait(false);
                convert(chunk.AsSpan(0, count * size), numbers.AsSpan(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
        return numbers;
    }
}
