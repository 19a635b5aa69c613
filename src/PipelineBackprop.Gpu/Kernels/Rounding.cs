using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Rounds float32 to shorter formats of the same range, to nearest, ties to even; NaN and infinity stay what they are.</summary>
internal static class Rounding
{
    // Bits of the fraction that tf32 and bfloat16 leave out of float32's 23.
    private const int Tf32Dropped = 13, Bf16Dropped = 16;

    /// <summary>The value as the product's precision holds it; precisions are the numbers of <see cref="Compute.ProductPrecision"/>.</summary>
    internal static float Round(float value, int precision) => precision switch
    {
        1 => Interop.IntAsFloat(Drop(Interop.FloatAsInt(value), Tf32Dropped)),
        2 => Interop.IntAsFloat(Drop(Interop.FloatAsInt(value), Bf16Dropped)),
        _ => value,
    };

    /// <summary>Each value as the product's precision holds it.</summary>
    internal static Quad Round(Quad values, int precision) =>
        new(Round(values.X, precision), Round(values.Y, precision), Round(values.Z, precision), Round(values.W, precision));

    /// <summary>target[i] = the bits of source[i] in bfloat16.</summary>
    internal static void ToBf16(Index1D i, ArrayView<float> source, ArrayView<ushort> target) =>
        target[i] = (ushort)(Drop(Interop.FloatAsInt(source[i]), Bf16Dropped) >> Bf16Dropped);

    private static uint Drop(uint bits, int dropped)
    {
        uint kept = 0xFFFFFFFFu << dropped;
        if ((bits & 0x7F800000) == 0x7F800000)
        {
            // A NaN whose fraction lies in the dropped bits alone must not become an infinity.
            return (bits & 0x007FFFFF) == 0 ? bits : (bits & kept) | 0x00400000;
        }
        uint half = 1u << (dropped - 1);
        return (bits + (half - 1) + ((bits >> dropped) & 1)) & kept;
    }
}
