namespace PipelineBackprop.Data;

/// <summary>The unsigned bytes of one IDX file with their sizes.</summary>
/// <param name="Path">The file they came from.</param>
/// <param name="Dimensions">The sizes, outermost first; their product is the number of bytes.</param>
/// <param name="Values">The bytes, row-major.</param>
public sealed record IdxArray(string Path, IReadOnlyList<int> Dimensions, ReadOnlyMemory<byte> Values);
