using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PipelineBackprop.Peers;

/// <summary>
/// Reads safetensors files as the peers need them: eight bytes with the length of a JSON header, the header with each tensor's element type, shape and
/// place, then the little-endian numbers. Kept apart from the engine's reader: a peer must not depend on what it is compared with.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class SafetensorsReader(string path)
{
    private readonly byte[] _bytes = Load(path);
    private readonly Dictionary<string, JsonElement> _tensors = [];
    private int _dataStart;

    /// <summary>The names in the file.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>Reads the header.</summary>
    public static SafetensorsReader Open(string path)
    {
        var reader = new SafetensorsReader(path);
        try
        {
            long length = BinaryPrimitives.ReadInt64LittleEndian(reader._bytes);
            reader._dataStart = checked(8 + (int)length);
            using var header = JsonDocument.Parse(reader._bytes.AsMemory(8, (int)length));
            foreach (JsonProperty tensor in header.RootElement.EnumerateObject())
                if (tensor.Name != "__metadata__") reader._tensors.Add(tensor.Name, tensor.Value.Clone());
        }
        catch (Exception error) when (error is ArgumentException or OverflowException or JsonException or InvalidOperationException)
        {
            throw new PeerException(PeerException.BadInput, $"{path} is not a safetensors file: {error.Message}");
        }
        return reader;
    }

    /// <summary>The numbers and shape of a float32 tensor.</summary>
    public (float[] Values, long[] Shape) Float32(string name) => Read<float>(name, "F32");

    /// <summary>The numbers and shape of an int64 tensor.</summary>
    public (long[] Values, long[] Shape) Int64(string name) => Read<long>(name, "I64");

    private (T[] Values, long[] Shape) Read<T>(string name, string type) where T : unmanaged
    {
        if (!_tensors.TryGetValue(name, out JsonElement entry))
            throw new PeerException(PeerException.BadInput, $"{path} has no tensor '{name}'.");
        if (entry.GetProperty("dtype").GetString() is string found && found != type)
            throw new PeerException(PeerException.BadInput, $"{path} has '{name}' as {found}, where {type} would be right.");
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())];
        int begin = entry.GetProperty("data_offsets")[0].GetInt32(), end = entry.GetProperty("data_offsets")[1].GetInt32();
        if (begin < 0 || end < begin || end > _bytes.Length - _dataStart || shape.Aggregate(1L, (product, extent) => product * extent) * Unsafe.SizeOf<T>() != end - begin)
            throw new PeerException(PeerException.BadInput,
                $"{path} has '{name}' [{string.Join(", ", shape)}] at bytes {begin} to {end}, which does not fit its shape or the file.");
        return (MemoryMarshal.Cast<byte, T>(_bytes.AsSpan(_dataStart + begin, end - begin)).ToArray(), shape);
    }

    private static byte[] Load(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PeerException(PeerException.BadInput, $"{path} cannot be read: {error.Message}");
        }
    }
}
