namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// One product C[m,n] = (C +) op(A)[m,k] · op(B)[k,n] (+ bias). All matrices are row-major in memory that does not move; the
/// leading dimension is the distance between two stored rows in elements. C must not overlap A, B or the bias.
/// </summary>
internal readonly unsafe struct GemmProblem<T>
    where T : unmanaged
{
    /// <summary>Rows of op(A) and C.</summary>
    public required int M { get; init; }

    /// <summary>Columns of op(B) and C.</summary>
    public required int N { get; init; }

    /// <summary>Columns of op(A), rows of op(B): the inner dimension.</summary>
    public required int K { get; init; }

    /// <summary>A, stored [m,k], or [k,m] when <see cref="TransposeA"/>.</summary>
    public required T* A { get; init; }

    /// <summary>Distance between two stored rows of A, at least their length.</summary>
    public required int LeadingA { get; init; }

    /// <summary>op(A) = Aᵀ.</summary>
    public bool TransposeA { get; init; }

    /// <summary>B, stored [k,n], or [n,k] when <see cref="TransposeB"/>.</summary>
    public required T* B { get; init; }

    /// <summary>
    /// op(B) once more, in panels of <see cref="MatrixProduct.PanelColumns{T}"/> columns: panel after panel, within a panel row after row, the last panel filled
    /// up with zeros. Used instead of <see cref="B"/> when given, on the best path only.
    /// </summary>
    public T* PackedB { get; init; }

    /// <summary>Distance between two stored rows of B, at least their length.</summary>
    public required int LeadingB { get; init; }

    /// <summary>op(B) = Bᵀ.</summary>
    public bool TransposeB { get; init; }

    /// <summary>C, stored [m,n].</summary>
    public required T* C { get; init; }

    /// <summary>Distance between two stored rows of C, at least n.</summary>
    public required int LeadingC { get; init; }

    /// <summary>Start from the values in C; otherwise C is only written, never read.</summary>
    public bool Accumulate { get; init; }

    /// <summary>
    /// Receives Σ C² in float64, summed tile by tile in an order that depends on the sizes and the path alone, or NaN where the product takes a way that does not
    /// sum it; null where nobody asks.
    /// </summary>
    public double* Squares { get; init; }

    /// <summary>What follows the product.</summary>
    public GemmEpilogue<T> Epilogue { get; init; }

    /// <summary>Throws where a size is negative, a leading dimension is shorter than its row or a matrix with elements is null.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(M);
        ArgumentOutOfRangeException.ThrowIfNegative(N);
        ArgumentOutOfRangeException.ThrowIfNegative(K);
        ValidateMatrix(A, LeadingA, TransposeA ? K : M, TransposeA ? M : K, nameof(A));
        ValidateMatrix(B, LeadingB, TransposeB ? N : K, TransposeB ? K : N, nameof(B));
        ValidateMatrix(C, LeadingC, M, N, nameof(C));
    }

    private static void ValidateMatrix(T* matrix, int leading, int rows, int columns, string name)
    {
        if (rows == 0 || columns == 0)
            return;
        if (matrix == null)
            throw new ArgumentNullException(name, $"The matrix {name} of {rows} by {columns} elements is null.");
        if (leading < columns)
            throw new ArgumentException($"The leading dimension of {name} is {leading}; its rows have {columns} elements.", name);
    }
}
