using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>The tile of 1 row by 1 vector, for a single example and a narrow layer.</summary>
internal static unsafe class MicroKernel1x1<T, TVector, TSimd>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <inheritdoc cref="IGemmKernel{T}.Compute"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TWrite>(nint k, byte* a, nint aStep, byte* b, nint bStep, T* c)
        where TWrite : struct, ITileWrite
    {
        TVector c00 = default;
        for (; k > 0; k--)
        {
            c00 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)a), TSimd.Load((T*)b), c00);
            a += aStep;
            b += bStep;
        }
        TWrite.Put<T, TVector, TSimd>(c00, c);
    }
}
