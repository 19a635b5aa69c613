using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>C ← sums as <see cref="StoreTile"/>, of a C that is so small that it need not be asked for.</summary>
internal readonly unsafe struct StoreNearTile : ITileWrite
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T, TVector, TSimd>(T* c, nint cRow, int rows, int vectors)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T, TVector, TSimd>(TVector sums, T* c)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector> => StoreTile.Put<T, TVector, TSimd>(sums, c);
}
