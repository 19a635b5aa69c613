using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The tile of 12 rows by 2 vectors over a packed panel of A: 24 sums, for machines with 32 vector registers. It takes two steps a turn and, where that
/// pays, elements of A broadcast by the multiplications that use them.
/// </summary>
/// <typeparam name="T">The element: float or double.</typeparam>
/// <typeparam name="TVector">The vector type.</typeparam>
/// <typeparam name="TSimd">What can be done with it.</typeparam>
/// <typeparam name="TFolding">Whether broadcasts are folded into multiplications.</typeparam>
internal static unsafe class PackedKernel12x2<T, TVector, TSimd, TFolding>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
    where TFolding : struct, IFolding
{
    private const int Rows = 12;

    // C is asked for so many steps before its end: earlier, the panels that pass would take its place in the first cache again.
    private const int StepsWithC = 128;

    /// <summary><inheritdoc cref="IGemmKernel{T}.Compute" path="/summary"/></summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TWrite, TAhead, TPacking>(nint k, T* a, byte* b, nint bStep, T* c, nint cRow, in GemmAhead ahead, T* panel)
        where TWrite : struct, ITileWrite
        where TAhead : struct, IAhead
        where TPacking : struct, IPackingStep
    {
        byte* next = ahead.Next;
        nint distance = ahead.Distance, turn = ahead.Turn;
        // To fold, two pointers: two loads of one address would be made one, and the broadcast an instruction of its own. Two for each of eight rows are as many as fit beside the multiplications.
        T* again = (T*)Hidden.Same(a); // before the sums: a call would put them on the stack
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
        TVector cA0 = default, cA1 = default;
        TVector cB0 = default, cB1 = default;
        nint end = Math.Min(k, StepsWithC);
        while (true)
        {
            for (; k > end; k -= GemmAhead.StepsPerTurn)
            {
                next = TAhead.Ask(next, distance, turn);
                T* other = TFolding.Folds ? again : a;
                TVector b0 = TSimd.Load((T*)b), b1 = TSimd.Load((T*)b + TSimd.Count);
                panel = TPacking.Pack<T, TVector, TSimd>(b0, b1, b, bStep, panel);
                c00 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a), b0, c00); c01 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other), b1, c01);
                c10 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 1), b0, c10); c11 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 1), b1, c11);
                c20 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 2), b0, c20); c21 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 2), b1, c21);
                c30 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 3), b0, c30); c31 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 3), b1, c31);
                c40 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 4), b0, c40); c41 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 4), b1, c41);
                c50 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 5), b0, c50); c51 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 5), b1, c51);
                c60 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 6), b0, c60); c61 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 6), b1, c61);
                c70 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 7), b0, c70); c71 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 7), b1, c71);
                c80 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 8), b0, c80); c81 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 8), b1, c81);
                c90 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 9), b0, c90); c91 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 9), b1, c91);
                cA0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 10), b0, cA0); cA1 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 10), b1, cA1);
                cB0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 11), b0, cB0); cB1 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 11), b1, cB1);
                b += bStep;
                b0 = TSimd.Load((T*)b);
                b1 = TSimd.Load((T*)b + TSimd.Count);
                panel = TPacking.Pack<T, TVector, TSimd>(b0, b1, b, bStep, panel);
                c00 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 12), b0, c00); c01 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 12), b1, c01);
                c10 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 13), b0, c10); c11 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 13), b1, c11);
                c20 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 14), b0, c20); c21 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 14), b1, c21);
                c30 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 15), b0, c30); c31 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 15), b1, c31);
                c40 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 16), b0, c40); c41 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 16), b1, c41);
                c50 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 17), b0, c50); c51 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 17), b1, c51);
                c60 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 18), b0, c60); c61 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 18), b1, c61);
                c70 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 19), b0, c70); c71 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 19), b1, c71);
                c80 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 20), b0, c80); c81 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 20), b1, c81);
                c90 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 21), b0, c90); c91 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 21), b1, c91);
                cA0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 22), b0, cA0); cA1 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 22), b1, cA1);
                cB0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 23), b0, cB0); cB1 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 23), b1, cB1);
                b += bStep;
                a += 2 * Rows;
                again += 2 * Rows;
            }
            if (end == 1) break;
            TWrite.Prefetch<T, TVector, TSimd>(c, cRow, rows: Rows, vectors: 2);
            end = 1;
        }
        if (k > 0)
        {
            T* other = TFolding.Folds ? again : a;
            TVector b0 = TSimd.Load((T*)b), b1 = TSimd.Load((T*)b + TSimd.Count);
            TPacking.Pack<T, TVector, TSimd>(b0, b1, b, bStep, panel);
            c00 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a), b0, c00); c01 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other), b1, c01);
            c10 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 1), b0, c10); c11 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 1), b1, c11);
            c20 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 2), b0, c20); c21 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 2), b1, c21);
            c30 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 3), b0, c30); c31 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 3), b1, c31);
            c40 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 4), b0, c40); c41 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 4), b1, c41);
            c50 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 5), b0, c50); c51 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 5), b1, c51);
            c60 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 6), b0, c60); c61 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 6), b1, c61);
            c70 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 7), b0, c70); c71 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(other + 7), b1, c71);
            c80 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 8), b0, c80); c81 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 8), b1, c81);
            c90 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 9), b0, c90); c91 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 9), b1, c91);
            cA0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 10), b0, cA0); cA1 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 10), b1, cA1);
            cB0 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 11), b0, cB0); cB1 = TSimd.FusedMultiplyAdd(TSimd.Broadcast(a + 11), b1, cB1);
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
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(c90, c91, c, cRow);
        c = TileRow<T, TVector, TSimd>.Put<TWrite>(cA0, cA1, c, cRow);
        TileRow<T, TVector, TSimd>.Put<TWrite>(cB0, cB1, c, cRow);
    }
}
