using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The tile of 10 rows by 2 vectors: 20 sums, for an edge of nine or ten rows, such as the classes of digits.
/// </summary>
internal static unsafe class MicroKernel10x2<T, TVector, TSimd>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <inheritdoc cref="IGemmKernel{T}.Compute"/>
    /// <typeparam name="TWrite">Whether the tile is overwritten or added to.</typeparam>
    /// <typeparam name="TStep">The distance from one inner step of A to the next.</typeparam>
    /// <typeparam name="TAhead">What is asked for.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TWrite, TStep, TAhead>(nint k, byte* a, nint aRow, nint aStep, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead)
        where TWrite : struct, ITileWrite
        where TStep : struct, IStep
        where TAhead : struct, IAhead
    {
        byte* next = ahead.Next;
        nint distance = ahead.Distance, turn = ahead.Turn;
        TWrite.Prefetch<T, TVector, TSimd>(c, cRow, rows: 10, vectors: 2);
        TVector c00 = default, c01 = default;
        TVector c10 = default, c11 = default;
        TVector c20 = default, c21 = default;
        TVector c30 = default, c31 = default;
        TVector c40 = default, c41 = default;
        TVector c50 = default, c51 = default;
        TVector c60 = default, c61 = default;
        TVector c70 = default, c71 = default;
        TVector c80 = default, c81 = default;
        TVector c90 = default, c91 = default;
        byte* a4 = a + 4 * aRow, a8 = a + 8 * aRow;
        nint aRow3 = 3 * aRow, step = TStep.Bytes<T>(aStep);
        for (; k > 1; k -= 2)
        {
            next = TAhead.Ask(next, distance, turn);
            TVector b0 = TSimd.Load((T*)b), b1 = TSimd.Load((T*)b + TSimd.Count);
            TVector x = TSimd.Broadcast((T*)a); c00 = TSimd.FusedMultiplyAdd(x, b0, c00); c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast((T*)(a + aRow)); c10 = TSimd.FusedMultiplyAdd(x, b0, c10); c11 = TSimd.FusedMultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast((T*)(a + 2 * aRow)); c20 = TSimd.FusedMultiplyAdd(x, b0, c20); c21 = TSimd.FusedMultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast((T*)(a + aRow3)); c30 = TSimd.FusedMultiplyAdd(x, b0, c30); c31 = TSimd.FusedMultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast((T*)a4); c40 = TSimd.FusedMultiplyAdd(x, b0, c40); c41 = TSimd.FusedMultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast((T*)(a4 + aRow)); c50 = TSimd.FusedMultiplyAdd(x, b0, c50); c51 = TSimd.FusedMultiplyAdd(x, b1, c51);
            x = TSimd.Broadcast((T*)(a4 + 2 * aRow)); c60 = TSimd.FusedMultiplyAdd(x, b0, c60); c61 = TSimd.FusedMultiplyAdd(x, b1, c61);
            x = TSimd.Broadcast((T*)(a4 + aRow3)); c70 = TSimd.FusedMultiplyAdd(x, b0, c70); c71 = TSimd.FusedMultiplyAdd(x, b1, c71);
            x = TSimd.Broadcast((T*)a8); c80 = TSimd.FusedMultiplyAdd(x, b0, c80); c81 = TSimd.FusedMultiplyAdd(x, b1, c81);
            x = TSimd.Broadcast((T*)(a8 + aRow)); c90 = TSimd.FusedMultiplyAdd(x, b0, c90); c91 = TSimd.FusedMultiplyAdd(x, b1, c91);
            b += bStep;
            b0 = TSimd.Load((T*)b);
            b1 = TSimd.Load((T*)b + TSimd.Count);
            x = TSimd.Broadcast((T*)(a + step)); c00 = TSimd.FusedMultiplyAdd(x, b0, c00); c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast((T*)(a + aRow + step)); c10 = TSimd.FusedMultiplyAdd(x, b0, c10); c11 = TSimd.FusedMultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast((T*)(a + 2 * aRow + step)); c20 = TSimd.FusedMultiplyAdd(x, b0, c20); c21 = TSimd.FusedMultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast((T*)(a + aRow3 + step)); c30 = TSimd.FusedMultiplyAdd(x, b0, c30); c31 = TSimd.FusedMultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast((T*)(a4 + step)); c40 = TSimd.FusedMultiplyAdd(x, b0, c40); c41 = TSimd.FusedMultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast((T*)(a4 + aRow + step)); c50 = TSimd.FusedMultiplyAdd(x, b0, c50); c51 = TSimd.FusedMultiplyAdd(x, b1, c51);
            x = TSimd.Broadcast((T*)(a4 + 2 * aRow + step)); c60 = TSimd.FusedMultiplyAdd(x, b0, c60); c61 = TSimd.FusedMultiplyAdd(x, b1, c61);
            x = TSimd.Broadcast((T*)(a4 + aRow3 + step)); c70 = TSimd.FusedMultiplyAdd(x, b0, c70); c71 = TSimd.FusedMultiplyAdd(x, b1, c71);
            x = TSimd.Broadcast((T*)(a8 + step)); c80 = TSimd.FusedMultiplyAdd(x, b0, c80); c81 = TSimd.FusedMultiplyAdd(x, b1, c81);
            x = TSimd.Broadcast((T*)(a8 + aRow + step)); c90 = TSimd.FusedMultiplyAdd(x, b0, c90); c91 = TSimd.FusedMultiplyAdd(x, b1, c91);
            a += 2 * step;
            a4 += 2 * step;
            a8 += 2 * step;
            b += bStep;
        }
        if (k > 0)
        {
            TVector b0 = TSimd.Load((T*)b), b1 = TSimd.Load((T*)b + TSimd.Count);
            TVector x = TSimd.Broadcast((T*)a); c00 = TSimd.FusedMultiplyAdd(x, b0, c00); c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast((T*)(a + aRow)); c10 = TSimd.FusedMultiplyAdd(x, b0, c10); c11 = TSimd.FusedMultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast((T*)(a + 2 * aRow)); c20 = TSimd.FusedMultiplyAdd(x, b0, c20); c21 = TSimd.FusedMultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast((T*)(a + aRow3)); c30 = TSimd.FusedMultiplyAdd(x, b0, c30); c31 = TSimd.FusedMultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast((T*)a4); c40 = TSimd.FusedMultiplyAdd(x, b0, c40); c41 = TSimd.FusedMultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast((T*)(a4 + aRow)); c50 = TSimd.FusedMultiplyAdd(x, b0, c50); c51 = TSimd.FusedMultiplyAdd(x, b1, c51);
            x = TSimd.Broadcast((T*)(a4 + 2 * aRow)); c60 = TSimd.FusedMultiplyAdd(x, b0, c60); c61 = TSimd.FusedMultiplyAdd(x, b1, c61);
            x = TSimd.Broadcast((T*)(a4 + aRow3)); c70 = TSimd.FusedMultiplyAdd(x, b0, c70); c71 = TSimd.FusedMultiplyAdd(x, b1, c71);
            x = TSimd.Broadcast((T*)a8); c80 = TSimd.FusedMultiplyAdd(x, b0, c80); c81 = TSimd.FusedMultiplyAdd(x, b1, c81);
            x = TSimd.Broadcast((T*)(a8 + aRow)); c90 = TSimd.FusedMultiplyAdd(x, b0, c90); c91 = TSimd.FusedMultiplyAdd(x, b1, c91);
        }
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c00, c01, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c10, c11, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c20, c21, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c30, c31, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c40, c41, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c50, c51, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c60, c61, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c70, c71, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c80, c81, c, cRow);
        TileRow<T, TVector, TSimd>.Put<TWrite>(c90, c91, c, cRow);
    }
}
