namespace PipelineBackprop.Gpu.Launches;

/// <summary>A float32 argument of a launch, equal only to the same bits: to compare numbers would take −0 for 0.</summary>
internal readonly record struct Bits
{
    private readonly int _bits;

    private Bits(float value) => _bits = BitConverter.SingleToInt32Bits(value);

    public static implicit operator Bits(double value) => new((float)value);

    public static implicit operator float(Bits bits) => BitConverter.Int32BitsToSingle(bits._bits);
}
