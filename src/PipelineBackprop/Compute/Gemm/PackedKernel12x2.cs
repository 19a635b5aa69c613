using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The tile of 12 rows by 2 vectors over a packed panel of A: 24 sums, for machines with 32 vector registers. It takes as few instructions as it can, two steps a
/// turn and elements of A broadcast by the multiplication that uses them, because a core that shares its decoder with another thread is bound by it.
/// </summary>
internal static unsafe class PackedKernel12x2<T, TVector, TSimd>
    where T : unmanaged
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    private const int Rows = 12;

    /// <summary><inheritdoc cref="IGemmKernel{T}.Compute" path="/summary"/></summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<TWrite>(nint k, T* a, byte* b, nint bStep, T* c, nint cRow)
        where TWrite : struct, ITileWrite
    {
        // Two loads of one address would be made one, and the broadcast an instruction of its own. Two for each of eight rows are as many as fit beside the multiplications.
        T* again = (T*)Hidden.Same(a); // before the sums: a call would put them on the stack
        TWrite.Prefetch<T, TVector, TSimd>(c, cRow, rows: Rows, vectors: 2);
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
        for (; k > 1; k -= 2)
        {
            T* other = TSimd.FoldsBroadcasts ? again : a;
            TVector b0 = TSimd.Load((T*)b), b1 = TSimd.Load((T*)b + TSimd.Count);
            c00 = TSimd.MultiplyAdd(a, b0, c00); c01 = TSimd.MultiplyAdd(other, b1, c01);
            c10 = TSimd.MultiplyAdd(a + 1, b0, c10); c11 = TSimd.MultiplyAdd(other + 1, b1, c11);
            c20 = TSimd.MultiplyAdd(a + 2, b0, c20); c21 = TSimd.MultiplyAdd(other + 2, b1, c21);
            c30 = TSimd.MultiplyAdd(a + 3, b0, c30); c31 = TSimd.MultiplyAdd(other + 3, b1, c31);
            c40 = TSimd.MultiplyAdd(a + 4, b0, c40); c41 = TSimd.MultiplyAdd(other + 4, b1, c41);
            c50 = TSimd.MultiplyAdd(a + 5, b0, c50); c51 = TSimd.MultiplyAdd(other + 5, b1, c51);
            c60 = TSimd.MultiplyAdd(a + 6, b0, c60); c61 = TSimd.MultiplyAdd(other + 6, b1, c61);
            c70 = TSimd.MultiplyAdd(a + 7, b0, c70); c71 = TSimd.MultiplyAdd(other + 7, b1, c71);
            c80 = TSimd.MultiplyAdd(a + 8, b0, c80); c81 = TSimd.MultiplyAdd(a + 8, b1, c81);
            c90 = TSimd.MultiplyAdd(a + 9, b0, c90); c91 = TSimd.MultiplyAdd(a + 9, b1, c91);
            cA0 = TSimd.MultiplyAdd(a + 10, b0, cA0); cA1 = TSimd.MultiplyAdd(a + 10, b1, cA1);
            cB0 = TSimd.MultiplyAdd(a + 11, b0, cB0); cB1 = TSimd.MultiplyAdd(a + 11, b1, cB1);
            b += bStep;
            b0 = TSimd.Load((T*)b);
            b1 = TSimd.Load((T*)b + TSimd.Count);
            c00 = TSimd.MultiplyAdd(a + 12, b0, c00); c01 = TSimd.MultiplyAdd(other + 12, b1, c01);
            c10 = TSimd.MultiplyAdd(a + 13, b0, c10); c11 = TSimd.MultiplyAdd(other + 13, b1, c11);
            c20 = TSimd.MultiplyAdd(a + 14, b0, c20); c21 = TSimd.MultiplyAdd(other + 14, b1, c21);
            c30 = TSimd.MultiplyAdd(a + 15, b0, c30); c31 = TSimd.MultiplyAdd(other + 15, b1, c31);
            c40 = TSimd.MultiplyAdd(a + 16, b0, c40); c41 = TSimd.MultiplyAdd(other + 16, b1, c41);
            c50 = TSimd.MultiplyAdd(a + 17, b0, c50); c51 = TSimd.MultiplyAdd(other + 17, b1, c51);
            c60 = TSimd.MultiplyAdd(a + 18, b0, c60); c61 = TSimd.MultiplyAdd(other + 18, b1, c61);
            c70 = TSimd.MultiplyAdd(a + 19, b0, c70); c71 = TSimd.MultiplyAdd(other + 19, b1, c71);
            c80 = TSimd.MultiplyAdd(a + 20, b0, c80); c81 = TSimd.MultiplyAdd(a + 20, b1, c81);
            c90 = TSimd.MultiplyAdd(a + 21, b0, c90); c91 = TSimd.MultiplyAdd(a + 21, b1, c91);
            cA0 = TSimd.MultiplyAdd(a + 22, b0, cA0); cA1 = TSimd.MultiplyAdd(a + 22, b1, cA1);
            cB0 = TSimd.MultiplyAdd(a + 23, b0, cB0); cB1 = TSimd.MultiplyAdd(a + 23, b1, cB1);
            b += bStep;
            a += 2 * Rows;
            again += 2 * Rows;
        }
        if (k > 0)
        {
            T* other = TSimd.FoldsBroadcasts ? again : a;
            TVector b0 = TSimd.Load((T*)b), b1 = TSimd.Load((T*)b + TSimd.Count);
            c00 = TSimd.MultiplyAdd(a, b0, c00); c01 = TSimd.MultiplyAdd(other, b1, c01);
            c10 = TSimd.MultiplyAdd(a + 1, b0, c10); c11 = TSimd.MultiplyAdd(other + 1, b1, c11);
            c20 = TSimd.MultiplyAdd(a + 2, b0, c20); c21 = TSimd.MultiplyAdd(other + 2, b1, c21);
            c30 = TSimd.MultiplyAdd(a + 3, b0, c30); c31 = TSimd.MultiplyAdd(other + 3, b1, c31);
            c40 = TSimd.MultiplyAdd(a + 4, b0, c40); c41 = TSimd.MultiplyAdd(other + 4, b1, c41);
            c50 = TSimd.MultiplyAdd(a + 5, b0, c50); c51 = TSimd.MultiplyAdd(other + 5, b1, c51);
            c60 = TSimd.MultiplyAdd(a + 6, b0, c60); c61 = TSimd.MultiplyAdd(other + 6, b1, c61);
            c70 = TSimd.MultiplyAdd(a + 7, b0, c70); c71 = TSimd.MultiplyAdd(other + 7, b1, c71);
            c80 = TSimd.MultiplyAdd(a + 8, b0, c80); c81 = TSimd.MultiplyAdd(a + 8, b1, c81);
            c90 = TSimd.MultiplyAdd(a + 9, b0, c90); c91 = TSimd.MultiplyAdd(a + 9, b1, c91);
            cA0 = TSimd.MultiplyAdd(a + 10, b0, cA0); cA1 = TSimd.MultiplyAdd(a + 10, b1, cA1);
            cB0 = TSimd.MultiplyAdd(a + 11, b0, cB0); cB1 = TSimd.MultiplyAdd(a + 11, b1, cB1);
        }
        TWrite.Put<T, TVector, TSimd>(c00, c);
        TWrite.Put<T, TVector, TSimd>(c01, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c10, c);
        TWrite.Put<T, TVector, TSimd>(c11, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c20, c);
        TWrite.Put<T, TVector, TSimd>(c21, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c30, c);
        TWrite.Put<T, TVector, TSimd>(c31, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c40, c);
        TWrite.Put<T, TVector, TSimd>(c41, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c50, c);
        TWrite.Put<T, TVector, TSimd>(c51, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c60, c);
        TWrite.Put<T, TVector, TSimd>(c61, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c70, c);
        TWrite.Put<T, TVector, TSimd>(c71, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c80, c);
        TWrite.Put<T, TVector, TSimd>(c81, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(c90, c);
        TWrite.Put<T, TVector, TSimd>(c91, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(cA0, c);
        TWrite.Put<T, TVector, TSimd>(cA1, c + TSimd.Count);
        c += cRow;
        TWrite.Put<T, TVector, TSimd>(cB0, c);
        TWrite.Put<T, TVector, TSimd>(cB1, c + TSimd.Count);
    }
}
