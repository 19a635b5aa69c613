using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// What is done to a tile of C apart from its sums: an edge that a kernel cannot write itself is merged, and after the last block of the inner
/// dimension the epilogue follows. The order for every element is fixed: the value of C so far (none for the first block without accumulation) plus
/// the block's sum, then plus the bias, then the activation.
/// </summary>
internal static unsafe class GemmTile<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <summary>
    /// C[i.., j..] (+)= tile for <paramref name="rows"/> × <paramref name="columns"/> elements; touches nothing else but <paramref name="turned"/>, where a tile of
    /// the transposed product is turned.
    /// </summary>
    internal static void Merge(in GemmView<T> view, T* tile, int tileColumns, T* turned, T* c, int rows, int columns, bool add)
    {
        if (view.CColumn == 1) MergeRows(c, view.CRow, tile, tileColumns, rows, columns, add);
        else MergeColumns(c, view.CColumn, tile, tileColumns, turned, rows, columns, add);
    }

    /// <summary>The epilogue of the finished tile C[i.., j..]; its rows are those of C in memory, also when the product was transposed.</summary>
    internal static void Finish(in GemmView<T> view, int i, int j, int rows, int columns)
    {
        if (view.IsTransposed) FinishRows(view, view.CColumn, j, i, columns, rows);
        else FinishRows(view, view.CRow, i, j, rows, columns);
    }

    private static void FinishRows(in GemmView<T> view, nint cRow, int i, int j, int rows, int columns)
    {
        GemmEpilogue<T> epilogue = view.Epilogue;
        T* c = view.C + i * cRow + j;
        if (epilogue.Bias != null) AddBias(c, cRow, epilogue.Bias + j, rows, columns);
        if (epilogue.Function == null) return;
        bool hasOther = epilogue.Other != null;
        T* other = hasOther ? epilogue.Other + (nint)i * epilogue.LeadingOther + j : c;
        epilogue.Function(epilogue.Operator, c, cRow, other, hasOther ? epilogue.LeadingOther : cRow, rows, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBias(T* c, nint cRow, T* bias, int rows, int columns)
    {
        for (int r = 0; r < rows; r++, c += cRow)
        {
            int q = 0;
            for (; q + TSimd.Count <= columns; q += TSimd.Count) TSimd.Store(TSimd.Add(TSimd.Load(c + q), TSimd.Load(bias + q)), c + q);
            for (; q < columns; q++) c[q] += bias[q];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MergeRows(T* c, nint cRow, T* tile, int tileColumns, int rows, int columns, bool add)
    {
        for (int r = 0; r < rows; r++, c += cRow, tile += tileColumns)
        {
            int q = 0;
            for (; q + TSimd.Count <= columns; q += TSimd.Count)
            {
                TVector value = TSimd.Load(tile + q);
                TSimd.Store(add ? TSimd.Add(TSimd.Load(c + q), value) : value, c + q);
            }
            if (q == columns) continue;
            TVector last = TSimd.Load(tile + q);
            TSimd.StoreFirst(add ? TSimd.Add(TSimd.LoadFirst(c + q, columns - q), last) : last, c + q, columns - q);
        }
    }

    // The transposed product: a column of the tile is a piece of a row of C. Rows are turned by fours, so up to three rows that nobody wants go along.
    private static void MergeColumns(T* c, nint cColumn, T* tile, int tileColumns, T* turned, int rows, int columns, bool add)
    {
        GemmPacking.Pack(tile, tileColumns, 1, GemmBlocking.DivideUp(rows, 4) * 4, columns, GemmLayout<T>.TurnedColumns, turned, read: 0);
        MergeRows(c, cColumn, turned, GemmLayout<T>.TurnedColumns, columns, rows, add);
    }
}
