namespace PipelineBackprop.Compute.Gemm;

/// <summary>What is done to an element of C after its last block of the inner dimension, while its tile is still in the cache.</summary>
internal readonly unsafe struct GemmEpilogue<T>
    where T : unmanaged
{
    /// <summary>Whether nothing follows.</summary>
    public bool IsNothing => Bias == null && Activation == null;

    /// <summary>Added to every row of C: one element per column, length n; null adds nothing.</summary>
    public T* Bias { get; init; }

    /// <summary>
    /// Writes φ of a piece of a row: operator, z, y (may be z), elements. An element's bits must not depend on where its piece begins. Null for none.
    /// </summary>
    public delegate*<void*, T*, T*, int, void> Activation { get; init; }

    /// <summary>The first argument of <see cref="Activation"/>; valid until the product returns.</summary>
    public void* Operator { get; init; }

    /// <summary>Receives φ(C) [m,n]; null writes it to C itself.</summary>
    public T* Y { get; init; }

    /// <summary>Distance between two rows of <see cref="Y"/>, at least n.</summary>
    public int LeadingY { get; init; }
}
