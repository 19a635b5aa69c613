namespace PipelineBackprop.Benchmarks;

/// <summary>The sizes of a product C[m,n] = op(A)[m,k] · op(B)[k,n].</summary>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">The inner dimension.</param>
public sealed record ProductSize(int M, int N, int K) : IHasWork
{
    /// <inheritdoc/>
    public double Flops => 2.0 * M * N * K;

    /// <summary>Prints as <c>256×1024×1024</c>, m×n×k.</summary>
    public override string ToString() => $"{M}×{N}×{K}";
}
