using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>C ← sums: the first block of the inner dimension without accumulation.</summary>
internal readonly unsafe struct StoreTile : ITileWrite
{
    private const int CacheLine = 64;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T, TVector, TSimd>(T* c, nint cRow, int rows, int vectors)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (!Sse.IsSupported) return;
        for (int r = 0; r < rows; r++, c += cRow)
        {
            Sse.Prefetch0(c);
            if (vectors * TSimd.Count * sizeof(T) > CacheLine) Sse.Prefetch0((byte*)c + CacheLine);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T, TVector, TSimd>(TVector sums, T* c)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector> => TSimd.Store(sums, c);
}
