namespace PipelineBackprop.Tensors;

/// <summary>Sizes of element types.</summary>
public static class ElementTypeExtensions
{
    /// <summary>Bytes of one element: 4 or 8.</summary>
    public static int Size(this ElementType type) => type == ElementType.Float64 ? sizeof(double) : sizeof(float);
}
