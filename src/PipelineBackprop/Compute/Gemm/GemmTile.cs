using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// Brings a finished tile into C. The order for every element is fixed: the value of C so far (none for the first block without
/// accumulation) plus the block's sum, then plus the bias after the last block.
/// </summary>
internal static unsafe class GemmTile<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <summary>C[i.., j..] (+)= tile for <paramref name="rows"/> × <paramref name="columns"/> elements; touches nothing else.</summary>
    internal static void Merge(in GemmView<T> view, T* tile, int tileColumns, int i, int j, int rows, int columns, bool add, bool last)
    {
        T* c = view.C + i * view.CRow + j * view.CColumn;
        T* bias = last ? view.Bias : null;
        if (view.CColumn == 1)
            MergeRows(c, view.CRow, tile, tileColumns, rows, columns, add, bias == null ? null : bias + j);
        else
            MergeColumns(c, view.CColumn, tile, tileColumns, rows, columns, add, bias == null ? null : bias + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MergeRows(T* c, nint cRow, T* tile, int tileColumns, int rows, int columns, bool add, T* bias)
    {
        for (int r = 0; r < rows; r++, c += cRow, tile += tileColumns)
        {
            int q = 0;
            for (; q + TSimd.Count <= columns; q += TSimd.Count)
            {
                TVector value = TSimd.Load(tile + q);
                if (add)
                    value = TSimd.Add(TSimd.Load(c + q), value);
                if (bias != null)
                    value = TSimd.Add(value, TSimd.Load(bias + q));
                TSimd.Store(value, c + q);
            }
            for (; q < columns; q++)
            {
                T value = add ? c[q] + tile[q] : tile[q];
                c[q] = bias != null ? value + bias[q] : value;
            }
        }
    }

    // The transposed product: a column of the tile is a piece of a row of C, and the bias runs along the tile's rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MergeColumns(T* c, nint cColumn, T* tile, int tileColumns, int rows, int columns, bool add, T* bias)
    {
        for (int q = 0; q < columns; q++, c += cColumn, tile++)
        {
            for (int r = 0; r < rows; r++)
            {
                T sum = tile[r * tileColumns];
                T value = add ? c[r] + sum : sum;
                c[r] = bias != null ? value + bias[r] : value;
            }
        }
    }
}
