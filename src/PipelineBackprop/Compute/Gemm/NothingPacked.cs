using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Packs nothing: B is packed, or read where it lies.</summary>
internal readonly unsafe struct NothingPacked : IPackingStep
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Pack<T, TVector, TSimd>(TVector b0, TVector b1, byte* source, nint step, T* panel)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector> => panel;
}
