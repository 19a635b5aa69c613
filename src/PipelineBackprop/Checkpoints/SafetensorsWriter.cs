using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PipelineBackprop.Checkpoints;

/// <summary>
/// Writes the safetensors format: eight bytes of header length (little-endian), a JSON header padded with spaces to a multiple of 8, then the
/// numbers as float32 or float64 little-endian, as each tensor holds them, in header order and without gaps. Source: huggingface/safetensors, README, "Format". Thread-safe.
/// </summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Writes the tensors to a file: under a temporary name beside it, flushed to disk, then renamed over <paramref name="path"/>.</summary>
    /// <param name="path">The file to create or replace; its folder must exist.</param>
    /// <param name="tensors">The tensors in the order in which they are stored; names are unique.</param>
    /// <param name="metadata">Free text for the key <c>__metadata__</c>; null or empty leaves the key out.</param>
    /// <param name="cancellationToken">Stops the write; the file at <paramref name="path"/> is then as it was before.</param>
    /// <exception cref="ArgumentException">Two tensors share a name, a text is null or not well-formed, or the header would pass 100 MB.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written to.</exception>
    public static async Task WriteAsync(string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string temporary = path + ".tmp";
        var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
        try
        {
            await using (file.ConfigureAwait(false))
            {
                await WriteAsync(file, tensors, metadata, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes the tensors to a stream from its present position; the stream is left open and not flushed.</summary>
    /// <param name="stream">Any writable stream; it need not seek.</param>
    /// <param name="tensors">The tensors in the order in which they are stored; names are unique.</param>
    /// <param name="metadata">Free text for the key <c>__metadata__</c>; null or empty leaves the key out.</param>
    /// <param name="cancellationToken">Stops the write between chunks of at most 1 MiB.</param>
    /// <exception cref="ArgumentException">Two tensors share a name, a text is null or not well-formed, or the header would pass 100 MB.</exception>
    public static async Task WriteAsync(Stream stream, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        await stream.WriteAsync(Header(tensors, metadata), cancellationToken).ConfigureAwait(false);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            foreach (NamedTensor tensor in tensors)
            {
                await (tensor.ElementType == Tensors.ElementType.Float64
                    ? WriteNumbersAsync(stream, tensor.ToFloat64(), chunk, cancellationToken)
                    : WriteNumbersAsync(stream, tensor.Data, chunk, cancellationToken)).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static async Task WriteNumbersAsync<T>(Stream stream, ReadOnlyMemory<T> numbers, byte[] chunk, CancellationToken cancellationToken)
        where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        for (ReadOnlyMemory<T> rest = numbers; !rest.IsEmpty;)
        {
            int count = Math.Min(rest.Length, ChunkBytes / size);
            ToLittleEndian(rest.Span[..count], chunk);
            await stream.WriteAsync(chunk.AsMemory(0, count * size), cancellationToken).ConfigureAwait(false);
            rest = rest[count..];
        }
    }

    /// <summary>The length and the padded JSON.</summary>
    private static ReadOnlyMemory<byte> Header(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write<byte>([0, 0, 0, 0, 0, 0, 0, 0]);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(json, metadata);
            WriteEntries(json, tensors);
            json.WriteEndObject();
        }
        while (bytes.WrittenCount % 8 != 0)
            bytes.Write(" "u8);
        int length = bytes.WrittenCount - 8;
        if (length > SafetensorsReader.MaxHeaderBytes)
            throw new ArgumentException($"The header of {tensors.Count} tensors takes {length} bytes; at most {SafetensorsReader.MaxHeaderBytes} can be read back.", nameof(tensors));
        MemoryMarshal.TryGetArray(bytes.WrittenMemory, out ArraySegment<byte> header);
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata)
        {
            if (value is null)
                throw new ArgumentException($"The metadata '{key}' is null, where a text is needed.", nameof(metadata));
            if (!NamedTensor.IsWellFormed(key) || !NamedTensor.IsWellFormed(value))
                throw new ArgumentException($"The metadata '{key}' holds half a surrogate pair.", nameof(metadata));
            json.WriteString(key, value);
        }
        json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, IReadOnlyList<NamedTensor> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        long begin = 0;
        foreach (NamedTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Two tensors are named '{tensor.Name}'.", nameof(tensors));
            bool isDouble = tensor.ElementType == Tensors.ElementType.Float64;
            long end = begin + (long)tensor.Count * (isDouble ? sizeof(double) : sizeof(float));
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", isDouble ? "F64" : "F32");
            json.WriteStartArray("shape");
            foreach (int extent in tensor.Shape)
                json.WriteNumberValue(extent);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(begin);
            json.WriteNumberValue(end);
            json.WriteEndArray();
            json.WriteEndObject();
            begin = end;
        }
    }

    /// <summary>Copies the bits of the numbers, whatever they are; only a big-endian machine turns the bytes.</summary>
    private static void ToLittleEndian<T>(ReadOnlySpan<T> numbers, Span<byte> bytes) where T : unmanaged
    {
        if (BitConverter.IsLittleEndian)
            MemoryMarshal.AsBytes(numbers).CopyTo(bytes);
        else if (Unsafe.SizeOf<T>() == sizeof(double))
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, long>(numbers), MemoryMarshal.Cast<byte, long>(bytes));
        else
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, int>(numbers), MemoryMarshal.Cast<byte, int>(bytes));
    }
}
