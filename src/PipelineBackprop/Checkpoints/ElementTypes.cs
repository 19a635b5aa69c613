using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PipelineBackprop.Checkpoints;

/// <summary>Sizes of the number formats and their conversion to those that are computed with.</summary>
internal static class ElementTypes
{
    /// <summary>Finds a format by its exact name in a file.</summary>
    public static bool TryParse(string text, out ElementType type)
    {
        ElementType? found = text switch
        {
            "F32" => ElementType.F32,
            "F64" => ElementType.F64,
            "F16" => ElementType.F16,
            "BF16" => ElementType.BF16,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }

    /// <summary>Bytes of one number.</summary>
    public static int Size(ElementType type) => type switch
    {
        ElementType.F64 => 8,
        ElementType.F32 => 4,
        _ => 2,
    };

    /// <summary>Converts little-endian numbers of at most 32 bits; float32 keeps its bits, the 16-bit formats are exact.</summary>
    public static void ToFloat32(ElementType type, ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        switch (type)
        {
            case ElementType.F32 when BitConverter.IsLittleEndian:
                bytes.CopyTo(MemoryMarshal.AsBytes(numbers));
                break;
            case ElementType.F32:
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, int>(bytes), MemoryMarshal.Cast<float, int>(numbers));
                break;
            case ElementType.F16:
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
                break;
            case ElementType.BF16:
                // A bfloat16 is the upper half of a float32.
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "float32 does not hold every number of this format.");
        }
    }

    /// <summary>Copies the bits of little-endian float64 numbers.</summary>
    public static void ToFloat64(ReadOnlySpan<byte> bytes, Span<double> numbers)
    {
        if (BitConverter.IsLittleEndian)
            bytes.CopyTo(MemoryMarshal.AsBytes(numbers));
        else
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, long>(bytes), MemoryMarshal.Cast<double, long>(numbers));
    }
}
