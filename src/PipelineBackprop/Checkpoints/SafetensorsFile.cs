namespace PipelineBackprop.Checkpoints;

/// <summary>What a safetensors file holds. Immutable and thread-safe.</summary>
/// <param name="Tensors">The tensors in the order of their bytes in the file.</param>
/// <param name="Metadata">The free text under <c>__metadata__</c>; empty when there is none.</param>
public sealed record SafetensorsFile(IReadOnlyList<NamedTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);
