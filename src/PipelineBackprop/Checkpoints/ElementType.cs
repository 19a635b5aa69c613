namespace PipelineBackprop.Checkpoints;

/// <summary>The number formats that are read; the names are those of the file format.</summary>
internal enum ElementType
{
    F32,
    F64,
    F16,
    BF16,
}
