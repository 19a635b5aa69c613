using System.Buffers.Binary;
using System.IO.Compression;

namespace PipelineBackprop.Tests.Data;

internal static class IdxBytes
{
    /// <summary>A header of a magic number and sizes, followed by the values.</summary>
    public static byte[] Make(int magic, uint[] sizes, byte[] values)
    {
        byte[] bytes = new byte[4 + 4 * sizes.Length + values.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, magic);
        for (int i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 + 4 * i), sizes[i]);
        values.CopyTo(bytes, 4 + 4 * sizes.Length);
        return bytes;
    }

    public static byte[] Images(int count, int height, int width, Func<int, byte>? pixel = null) =>
        Make(2051, [(uint)count, (uint)height, (uint)width], [.. Enumerable.Range(0, count * height * width).Select(i => pixel?.Invoke(i) ?? (byte)i)]);

    public static byte[] Labels(params byte[] labels) => Make(2049, [(uint)labels.Length], labels);

    public static byte[] Gzip(byte[] content)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(content);
        return target.ToArray();
    }
}
