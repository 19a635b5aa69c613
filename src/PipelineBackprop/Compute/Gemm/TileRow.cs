using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>A row of a kernel's sums on its way to memory.</summary>
internal static unsafe class TileRow<T, TVector, TSimd>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <summary>Brings one vector to <paramref name="c"/>; returns where the next row begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T* Put<TWrite>(TVector sums, T* c, nint cRow)
        where TWrite : struct, ITileWrite
    {
        TWrite.Put<T, TVector, TSimd>(sums, c);
        return c + cRow;
    }

    /// <summary>Brings two vectors to <paramref name="c"/>; returns where the next row begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T* Put<TWrite>(TVector first, TVector second, T* c, nint cRow)
        where TWrite : struct, ITileWrite
    {
        TWrite.Put<T, TVector, TSimd>(first, c);
        TWrite.Put<T, TVector, TSimd>(second, c + TSimd.Count);
        return c + cRow;
    }
}
