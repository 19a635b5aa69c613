using System.Text;

namespace PipelineBackprop.Peers.OnnxRuntime;

/// <summary>Writes the fields of one protobuf message: integers as varints, and everything else with its length before it.</summary>
internal sealed class ProtobufWriter
{
    private const int VarintWire = 0, LengthWire = 2;

    private readonly MemoryStream _stream = new();

    public ProtobufWriter Integer(int field, long value)
    {
        Varint((ulong)(field << 3 | VarintWire));
        Varint((ulong)value);
        return this;
    }

    public ProtobufWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint((ulong)(field << 3 | LengthWire));
        Varint((ulong)value.Length);
        _stream.Write(value);
        return this;
    }

    public ProtobufWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtobufWriter Message(int field, ProtobufWriter value) => Bytes(field, value.ToArray());

    public byte[] ToArray() => _stream.ToArray();

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _stream.WriteByte((byte)(value | 0x80));
        _stream.WriteByte((byte)value);
    }
}
