using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>C ← C + sums: every block of the inner dimension but the first, and accumulation.</summary>
internal readonly unsafe struct AddToTile : ITileWrite
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T, TVector, TSimd>(T* c, nint cRow, int rows, int vectors)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector> => StoreTile.Prefetch<T, TVector, TSimd>(c, cRow, rows, vectors);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T, TVector, TSimd>(TVector sums, T* c)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector> => TSimd.Store(TSimd.Add(TSimd.Load(c), sums), c);
}
