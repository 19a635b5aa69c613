using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>The tile of 12 rows by 1 vector: 12 sums, over an A of any strides.</summary>
internal static unsafe class MicroKernel12x1<T, TVector, TSimd>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <inheritdoc cref="IGemmKernel{T}.Compute"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TWrite>(nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow)
        where TWrite : struct, ITileWrite
    {
        TWrite.Prefetch<T, TVector, TSimd>(c, cRow, rows: 12, vectors: 1);
        TVector c00 = default;
        TVector c10 = default;
        TVector c20 = default;
        TVector c30 = default;
        TVector c40 = default;
        TVector c50 = default;
        TVector c60 = default;
        TVector c70 = default;
        TVector c80 = default;
        TVector c90 = default;
        TVector cA0 = default;
        TVector cB0 = default;
        byte* a4 = a + 4 * aRow;
        byte* a8 = a + 8 * aRow;
        nint aRow3 = 3 * aRow;
        for (; k > 0; k--)
        {
            TVector b0 = TSimd.Load((T*)b);
            TVector x = TSimd.Broadcast((T*)a);
            c00 = TSimd.FusedMultiplyAdd(x, b0, c00);
            x = TSimd.Broadcast((T*)(a + aRow));
            c10 = TSimd.FusedMultiplyAdd(x, b0, c10);
            x = TSimd.Broadcast((T*)(a + 2 * aRow));
            c20 = TSimd.FusedMultiplyAdd(x, b0, c20);
            x = TSimd.Broadcast((T*)(a + aRow3));
            c30 = TSimd.FusedMultiplyAdd(x, b0, c30);
            x = TSimd.Broadcast((T*)a4);
            c40 = TSimd.FusedMultiplyAdd(x, b0, c40);
            x = TSimd.Broadcast((T*)(a4 + aRow));
            c50 = TSimd.FusedMultiplyAdd(x, b0, c50);
            x = TSimd.Broadcast((T*)(a4 + 2 * aRow));
            c60 = TSimd.FusedMultiplyAdd(x, b0, c60);
            x = TSimd.Broadcast((T*)(a4 + aRow3));
            c70 = TSimd.FusedMultiplyAdd(x, b0, c70);
            x = TSimd.Broadcast((T*)a8);
            c80 = TSimd.FusedMultiplyAdd(x, b0, c80);
            x = TSimd.Broadcast((T*)(a8 + aRow));
            c90 = TSimd.FusedMultiplyAdd(x, b0, c90);
            x = TSimd.Broadcast((T*)(a8 + 2 * aRow));
            cA0 = TSimd.FusedMultiplyAdd(x, b0, cA0);
            x = TSimd.Broadcast((T*)(a8 + aRow3));
            cB0 = TSimd.FusedMultiplyAdd(x, b0, cB0);
            a += aStep;
            a4 += aStep;
            a8 += aStep;
            b += bStep;
        }
        TWrite.Put<T, TVector, TSimd>(c00, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c10, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c20, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c30, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c40, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c50, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c60, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c70, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c80, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c90, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(cA0, c);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(cB0, c);
    }
}
