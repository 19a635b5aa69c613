namespace PipelineBackprop.Compute.Gemm;

/// <summary>What is done to an element of C after its last block of the inner dimension, while its tile is still in the cache.</summary>
internal readonly unsafe struct GemmEpilogue<T>
    where T : unmanaged
{
    /// <summary>Whether nothing follows.</summary>
    public bool IsNothing => Bias == null && Function == null;

    /// <summary>Added to every row of C: one element per column, length n; null adds nothing.</summary>
    public T* Bias { get; init; }

    /// <summary>
    /// Behind the bias, on a piece of C: operator, c, distance of its rows, the same piece of <see cref="Other"/> (c where that is null), distance of its rows, rows, columns.
    /// An element's bits must not depend on where its piece begins. Null for none.
    /// </summary>
    public delegate*<void*, T*, nint, T*, nint, int, int, void> Function { get; init; }

    /// <summary>The first argument of <see cref="Function"/>; valid until the product returns.</summary>
    public void* Operator { get; init; }

    /// <summary>A second matrix [m,n]: φ writes its result to it, φ' reads what it is computed from. Null for C itself.</summary>
    public T* Other { get; init; }

    /// <summary>Distance between two rows of <see cref="Other"/>, at least n.</summary>
    public int LeadingOther { get; init; }
}
