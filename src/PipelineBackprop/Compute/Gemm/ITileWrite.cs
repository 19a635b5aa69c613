namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// How a kernel's sums reach memory. Implemented by empty structs that only serve as type arguments: the choice is made before the kernel runs, not at
/// every vector.
/// </summary>
internal unsafe interface ITileWrite
{
    /// <summary>Asks for the cache lines of a tile before its sums are computed, where they will be needed from memory.</summary>
    static abstract void Prefetch<T, TVector, TSimd>(T* c, nint cRow, int rows, int vectors)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>;

    /// <summary>Brings one vector of sums to <paramref name="c"/>.</summary>
    static abstract void Put<T, TVector, TSimd>(TVector sums, T* c)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>;
}
