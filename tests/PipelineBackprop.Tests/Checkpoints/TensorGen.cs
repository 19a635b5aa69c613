using CsCheck;
using PipelineBackprop.Checkpoints;

namespace PipelineBackprop.Tests.Checkpoints;

/// <summary>Random tensors: rank 0 to 4, empty extents, names with any characters, and every bit pattern of float32 and float64.</summary>
internal static class TensorGen
{
    private static readonly Gen<int[]> Shape = Gen.Int[0, 4].Array[0, 4];

    private static readonly Gen<string> Name = Gen.OneOf(
        Gen.Int[0, 99].Select(layer => $"layers.{layer}.weight"),
        Gen.String[1, 12].Where(NamedTensor.IsUsableName));

    private static readonly Gen<NamedTensor> Tensor =
        from name in Name
        from shape in Shape
        from isDouble in Gen.Bool
        from bits in Gen.Long.Array[shape.Aggregate(1, (product, extent) => product * extent)]
        select isDouble
            ? new NamedTensor(name, shape, bits.Select(BitConverter.Int64BitsToDouble).ToArray())
            : new NamedTensor(name, shape, bits.Select(number => BitConverter.Int32BitsToSingle((int)number)).ToArray());

    /// <summary>0 to 6 tensors with different names.</summary>
    public static readonly Gen<NamedTensor[]> Tensors = Tensor.Array[0, 6].Select(tensors => tensors.DistinctBy(tensor => tensor.Name).ToArray());
}
