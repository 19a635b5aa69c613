using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The tile of 6 rows by 2 vectors over packed panels of both operands: 12 sums, for machines with 16 vector registers. Four steps a turn at distances that are
/// constants, because a core that shares its decoder with another thread is bound by the number of instructions.
/// </summary>
internal static unsafe class PackedKernel6x2<T, TVector, TSimd>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <summary>Rows of a panel of A.</summary>
    internal const int Rows = 6;

    private const int Steps = 4;

    /// <summary><inheritdoc cref="IGemmKernel{T}.Compute" path="/summary"/></summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TWrite, TAhead>(nint k, T* a, T* b, T* c, nint cRow, in GemmAhead ahead)
        where TWrite : struct, ITileWrite
        where TAhead : struct, IAhead
    {
        byte* next = ahead.Next;
        nint distance = ahead.Distance, turn = ahead.Turn;
        TWrite.Prefetch<T, TVector, TSimd>(c, cRow, rows: Rows, vectors: 2);
        TVector c00 = default, c01 = default;
        TVector c10 = default, c11 = default;
        TVector c20 = default, c21 = default;
        TVector c30 = default, c31 = default;
        TVector c40 = default, c41 = default;
        TVector c50 = default, c51 = default;
        TVector b0, b1, x;
        for (; k >= Steps; k -= Steps)
        {
            next = TAhead.Ask(TAhead.Ask(next, distance, turn), distance, turn);
            b0 = TSimd.Load(b);
            b1 = TSimd.Load(b + TSimd.Count);
            x = TSimd.Broadcast(a); c00 = TSimd.FusedMultiplyAdd(x, b0, c00); c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a + 1); c10 = TSimd.FusedMultiplyAdd(x, b0, c10); c11 = TSimd.FusedMultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(a + 2); c20 = TSimd.FusedMultiplyAdd(x, b0, c20); c21 = TSimd.FusedMultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(a + 3); c30 = TSimd.FusedMultiplyAdd(x, b0, c30); c31 = TSimd.FusedMultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast(a + 4); c40 = TSimd.FusedMultiplyAdd(x, b0, c40); c41 = TSimd.FusedMultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast(a + 5); c50 = TSimd.FusedMultiplyAdd(x, b0, c50); c51 = TSimd.FusedMultiplyAdd(x, b1, c51);
            b0 = TSimd.Load(b + 2 * TSimd.Count);
            b1 = TSimd.Load(b + 3 * TSimd.Count);
            x = TSimd.Broadcast(a + 6); c00 = TSimd.FusedMultiplyAdd(x, b0, c00); c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a + 7); c10 = TSimd.FusedMultiplyAdd(x, b0, c10); c11 = TSimd.FusedMultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(a + 8); c20 = TSimd.FusedMultiplyAdd(x, b0, c20); c21 = TSimd.FusedMultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(a + 9); c30 = TSimd.FusedMultiplyAdd(x, b0, c30); c31 = TSimd.FusedMultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast(a + 10); c40 = TSimd.FusedMultiplyAdd(x, b0, c40); c41 = TSimd.FusedMultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast(a + 11); c50 = TSimd.FusedMultiplyAdd(x, b0, c50); c51 = TSimd.FusedMultiplyAdd(x, b1, c51);
            b0 = TSimd.Load(b + 4 * TSimd.Count);
            b1 = TSimd.Load(b + 5 * TSimd.Count);
            x = TSimd.Broadcast(a + 12); c00 = TSimd.FusedMultiplyAdd(x, b0, c00); c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a + 13); c10 = TSimd.FusedMultiplyAdd(x, b0, c10); c11 = TSimd.FusedMultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(a + 14); c20 = TSimd.FusedMultiplyAdd(x, b0, c20); c21 = TSimd.FusedMultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(a + 15); c30 = TSimd.FusedMultiplyAdd(x, b0, c30); c31 = TSimd.FusedMultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast(a + 16); c40 = TSimd.FusedMultiplyAdd(x, b0, c40); c41 = TSimd.FusedMultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast(a + 17); c50 = TSimd.FusedMultiplyAdd(x, b0, c50); c51 = TSimd.FusedMultiplyAdd(x, b1, c51);
            b0 = TSimd.Load(b + 6 * TSimd.Count);
            b1 = TSimd.Load(b + 7 * TSimd.Count);
            x = TSimd.Broadcast(a + 18); c00 = TSimd.FusedMultiplyAdd(x, b0, c00); c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a + 19); c10 = TSimd.FusedMultiplyAdd(x, b0, c10); c11 = TSimd.FusedMultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(a + 20); c20 = TSimd.FusedMultiplyAdd(x, b0, c20); c21 = TSimd.FusedMultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(a + 21); c30 = TSimd.FusedMultiplyAdd(x, b0, c30); c31 = TSimd.FusedMultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast(a + 22); c40 = TSimd.FusedMultiplyAdd(x, b0, c40); c41 = TSimd.FusedMultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast(a + 23); c50 = TSimd.FusedMultiplyAdd(x, b0, c50); c51 = TSimd.FusedMultiplyAdd(x, b1, c51);
            a += Steps * Rows;
            b += 2 * Steps * TSimd.Count;
        }
        for (; k > 0; k--)
        {
            b0 = TSimd.Load(b);
            b1 = TSimd.Load(b + TSimd.Count);
            x = TSimd.Broadcast(a); c00 = TSimd.FusedMultiplyAdd(x, b0, c00); c01 = TSimd.FusedMultiplyAdd(x, b1, c01);
            x = TSimd.Broadcast(a + 1); c10 = TSimd.FusedMultiplyAdd(x, b0, c10); c11 = TSimd.FusedMultiplyAdd(x, b1, c11);
            x = TSimd.Broadcast(a + 2); c20 = TSimd.FusedMultiplyAdd(x, b0, c20); c21 = TSimd.FusedMultiplyAdd(x, b1, c21);
            x = TSimd.Broadcast(a + 3); c30 = TSimd.FusedMultiplyAdd(x, b0, c30); c31 = TSimd.FusedMultiplyAdd(x, b1, c31);
            x = TSimd.Broadcast(a + 4); c40 = TSimd.FusedMultiplyAdd(x, b0, c40); c41 = TSimd.FusedMultiplyAdd(x, b1, c41);
            x = TSimd.Broadcast(a + 5); c50 = TSimd.FusedMultiplyAdd(x, b0, c50); c51 = TSimd.FusedMultiplyAdd(x, b1, c51);
            a += Rows;
            b += 2 * TSimd.Count;
        }
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c00, c01, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c10, c11, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c20, c21, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c30, c31, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c40, c41, c, cRow);
        TileRow<T, TVector, TSimd>.Put<TWrite>(c50, c51, c, cRow);
    }
}
