using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The tile of 12 rows by 1 vector: 12 sums, for an edge of up to one vector of columns. Every element of A is broadcast by its multiplication.
/// </summary>
internal static unsafe class MicroKernel12x1<T, TVector, TSimd>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <inheritdoc cref="IGemmKernel{T}.Compute"/>
    /// <typeparam name="TWrite">Whether the tile is overwritten or added to.</typeparam>
    /// <typeparam name="TStep">The distance from one inner step of A to the next.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TWrite, TStep>(nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow)
        where TWrite : struct, ITileWrite
        where TStep : struct, IStep
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
        byte* a4 = a + 4 * aRow, a8 = a + 8 * aRow;
        nint aRow3 = 3 * aRow, step = TStep.Bytes<T>(aStep);
        for (; k > 1; k -= 2)
        {
            TVector b0 = TSimd.Load((T*)b), b1 = TSimd.Load((T*)(b + bStep));
            c00 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)a), b0, c00);
            c10 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + aRow)), b0, c10);
            c20 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + 2 * aRow)), b0, c20);
            c30 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + aRow3)), b0, c30);
            c40 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)a4), b0, c40);
            c50 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + aRow)), b0, c50);
            c60 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + 2 * aRow)), b0, c60);
            c70 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + aRow3)), b0, c70);
            c80 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)a8), b0, c80);
            c90 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + aRow)), b0, c90);
            cA0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + 2 * aRow)), b0, cA0);
            cB0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + aRow3)), b0, cB0);
            c00 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + step)), b1, c00);
            c10 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + aRow + step)), b1, c10);
            c20 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + 2 * aRow + step)), b1, c20);
            c30 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + aRow3 + step)), b1, c30);
            c40 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + step)), b1, c40);
            c50 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + aRow + step)), b1, c50);
            c60 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + 2 * aRow + step)), b1, c60);
            c70 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + aRow3 + step)), b1, c70);
            c80 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + step)), b1, c80);
            c90 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + aRow + step)), b1, c90);
            cA0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + 2 * aRow + step)), b1, cA0);
            cB0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + aRow3 + step)), b1, cB0);
            a += 2 * step;
            a4 += 2 * step;
            a8 += 2 * step;
            b += 2 * bStep;
        }
        if (k > 0)
        {
            TVector b0 = TSimd.Load((T*)b);
            c00 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)a), b0, c00);
            c10 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + aRow)), b0, c10);
            c20 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + 2 * aRow)), b0, c20);
            c30 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a + aRow3)), b0, c30);
            c40 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)a4), b0, c40);
            c50 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + aRow)), b0, c50);
            c60 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + 2 * aRow)), b0, c60);
            c70 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a4 + aRow3)), b0, c70);
            c80 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)a8), b0, c80);
            c90 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + aRow)), b0, c90);
            cA0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + 2 * aRow)), b0, cA0);
            cB0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast((T*)(a8 + aRow3)), b0, cB0);
        }
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c00, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c10, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c20, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c30, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c40, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c50, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c60, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c70, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c80, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c90, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(cA0, c, cRow);
        TileRow<T, TVector, TSimd>.Put<TWrite>(cB0, c, cRow);
    }
}
