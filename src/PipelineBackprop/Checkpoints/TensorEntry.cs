namespace PipelineBackprop.Checkpoints;

/// <summary>What a safetensors header says about one tensor; the offsets count from the first byte after the header.</summary>
internal sealed record TensorEntry(string Name, ElementType Type, int[] Shape, long Count, long Begin, long End)
{
    /// <summary>Shape and format as text, such as <c>[2, 3] F32</c>.</summary>
    public string Describe() => $"{NamedTensor.Show(Shape)} {Type}";
}
