using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PipelineBackprop.Checkpoints;

/// <summary>Sizes of the number formats and their conversion to float32.</summary>
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

    /// <summary>Converts little-endian numbers; float32 keeps its bits, float64 is rounded to nearest, the 16-bit formats are exact.</summary>
    /// <returns>The index of the first finite float64 beyond the range of float32, or -1 when all numbers fit.</returns>
    public static int Convert(ElementType type, ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        switch (type)
        {
            case ElementType.F32 when BitConverter.IsLittleEndian:
                bytes.CopyTo(MemoryMarshal.AsBytes(numbers));
                return -1;
            case ElementType.F32:
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, int>(bytes), MemoryMarshal.Cast<float, int>(numbers));
                return -1;
            case ElementType.F64:
                return FromDouble(bytes, numbers);
            case ElementType.F16:
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
                return -1;
            default:
                // A bfloat16 is the upper half of a float32.
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                return -1;
        }
    }

    private static int FromDouble(ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            double value = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
            numbers[i] = (float)value;
            if (double.IsFinite(value) && !float.IsFinite(numbers[i]))
                return i;
        }
        return -1;
    }
}
