using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>The tile of 1 row by 2 vectors, for a single example.</summary>
internal static unsafe class MicroKernel1x2<T, TVector, TSimd>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <inheritdoc cref="IGemmKernel{T}.Compute"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TWrite>(nint k, byte* a, nint aStep, byte* b, nint bStep, T* c)
        where TWrite : struct, ITileWrite
    {
        TWrite.Prefetch<T, TVector, TSimd>(c, cRow: 0, rows: 1, vectors: 2);
        TVector c00 = default, c01 = default;
        for (; k > 0; k--)
        {
            TVector b0 = TSimd.Load((T*)b);
            TVector b1 = TSimd.Load((T*)b + TSimd.Count);
            TVector x = TSimd.Broadcast((T*)a);
            c00 = TSimd.FusedMultiplyAdd(x, b0, c00);
            c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            a += aStep;
            b += bStep;
        }
        TWrite.Put<T, TVector, TSimd>(c00, c);
        TWrite.Put<T, TVector, TSimd>(c01, c + TSimd.Count);
    }
}
