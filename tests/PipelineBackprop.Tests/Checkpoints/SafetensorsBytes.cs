using System.Buffers.Binary;
using System.Text;
using PipelineBackprop.Checkpoints;

namespace PipelineBackprop.Tests.Checkpoints;

/// <summary>Builds safetensors files by hand, honest ones and liars.</summary>
internal static class SafetensorsBytes
{
    public static byte[] File(string header, params byte[] data) => File(Encoding.UTF8.GetBytes(header), data);

    public static byte[] File(byte[] header, params byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    public static Task<SafetensorsFile> ReadAsync(byte[] bytes, CancellationToken cancellationToken = default) =>
        SafetensorsReader.ReadAsync(new MemoryStream(bytes), "weights", cancellationToken);

    public static async Task<byte[]> WriteAsync(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var stream = new MemoryStream();
        await SafetensorsWriter.WriteAsync(stream, tensors, metadata, CancellationToken.None);
        return stream.ToArray();
    }

    /// <summary>Equal names, order, shapes, formats and bits.</summary>
    public static bool Same(IReadOnlyList<NamedTensor> left, IReadOnlyList<NamedTensor> right) =>
        left.Count == right.Count && left.Zip(right).All(pair =>
            pair.First.Name == pair.Second.Name
            && pair.First.Shape.SequenceEqual(pair.Second.Shape)
            && pair.First.ElementType == pair.Second.ElementType
            && Bits(pair.First).SequenceEqual(Bits(pair.Second)));

    private static IEnumerable<long> Bits(NamedTensor tensor) => tensor.ElementType == Tensors.ElementType.Float64
        ? tensor.ToFloat64().ToArray().Select(BitConverter.DoubleToInt64Bits)
        : tensor.Data.ToArray().Select(number => (long)BitConverter.SingleToInt32Bits(number));
}
