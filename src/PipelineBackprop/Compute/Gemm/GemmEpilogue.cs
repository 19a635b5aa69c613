namespace PipelineBackprop.Compute.Gemm;

/// <summary>What is done to an element of C after its last block of the inner dimension, while its tile is still in the cache.</summary>
internal readonly unsafe struct GemmEpilogue<T>
    where T : unmanaged
{
    /// <summary>Added to every row of C: one element per column, length n; null adds nothing.</summary>
    public T* Bias { get; init; }
}
