using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Stores every row into the panel and asks for the one that comes some rows later, which lies in another page.</summary>
internal readonly unsafe struct RowsPacked : IPackingStep
{
    private const int RowsAhead = 8, CacheLine = 64;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Pack<T, TVector, TSimd>(TVector b0, TVector b1, byte* source, nint step, T* panel)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (Sse.IsSupported)
        {
            byte* later = source + RowsAhead * step;
            Sse.Prefetch0(later);
            Sse.Prefetch0(later + CacheLine);
        }
        TSimd.Store(b0, panel);
        TSimd.Store(b1, panel + TSimd.Count);
        return panel + 2 * TSimd.Count;
    }
}
