namespace PipelineBackprop.Compute.Gemm;

/// <summary>Whether a kernel packs the rows of B that it reads. Implemented by empty structs that only serve as type arguments.</summary>
internal unsafe interface IPackingStep
{
    /// <summary>Does with a row of two vectors what there is to do; returns where the next one's place is.</summary>
    static abstract T* Pack<T, TVector, TSimd>(TVector b0, TVector b1, byte* source, nint step, T* panel)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>;
}
