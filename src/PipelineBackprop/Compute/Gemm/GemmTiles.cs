using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Tiles of C, one beside the other: what a strip of A gives with panels of B that are equally far from each other.</summary>
internal readonly unsafe ref struct GemmTiles<T, TKernel, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TKernel : struct, IGemmKernel<T>
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    // A tile that asks for C early asks for that of the tile so many further.
    private const int TilesAhead = 2;

    private readonly ref readonly GemmView<T> _view;
    private readonly double* _squares; // of every tile, row of tiles after row; null where nobody asks
    private readonly T* _tile, _turned;

    internal GemmTiles(in GemmView<T> view, double* squares, T* tile, T* turned)
    {
        _view = ref view;
        _squares = squares;
        _tile = tile;
        _turned = turned;
    }

    /// <summary>A strip against panels of B.</summary>
    /// <param name="block">The block.</param>
    /// <param name="strip">Rows of A.</param>
    /// <param name="b">The first panel.</param>
    /// <param name="bStep">Elements from one inner step of a panel to the next.</param>
    /// <param name="bPanel">Elements from one panel to the next.</param>
    /// <param name="first">First column, counted from the block's.</param>
    /// <param name="end">Column after the last.</param>
    /// <param name="ahead">What is needed soon.</param>
    internal void Multiply(in GemmBlock block, in GemmStrip<T> strip, T* b, nint bStep, nint bPanel, int first, int end, GemmAhead ahead)
    {
        int i = block.FirstRow + strip.Row, rows = strip.Rows, depth = block.Depth;
        bool add = Adds(block), isFinished = IsFollowed(block);
        bool areRowsWhole = _view.CColumn == 1 && TKernel.Height(rows, TKernel.Columns) == rows;
        long bytes = (long)_view.M * _view.N * sizeof(T);
        bool isNear = GemmBlocking.IsNear(bytes), asksEarly = add && areRowsWhole && GemmBlocking.IsFarAway(bytes) && GemmBlocking.IsShort(depth);
        T* c = _view.C + i * _view.CRow + (block.FirstColumn + first) * _view.CColumn;
        bStep *= sizeof(T);
        for (int q = first; q < end; q += TKernel.Columns, b += bPanel, c += TKernel.Columns * _view.CColumn)
        {
            int width = Math.Min(TKernel.Columns, end - q);
            if (asksEarly && q + TilesAhead * TKernel.Columns < end) StoreTile.Prefetch<T, TVector, TSimd>(c + TilesAhead * TKernel.Columns, _view.CRow, rows, vectors: 2);
            // A kernel writes whole rows of whole vectors; what does not end so takes the way over a tile of its own.
            if (!areRowsWhole || width < TKernel.Columns) MultiplyEdge(block, strip, (byte*)b, bStep, c, width, add, ahead);
            else if (add) TKernel.Compute<AddToTile>(rows, TKernel.Columns, depth, strip.A, strip.RowBytes, strip.StepBytes, (byte*)b, bStep, c, _view.CRow, ahead);
            else if (isNear) TKernel.Compute<StoreNearTile>(rows, TKernel.Columns, depth, strip.A, strip.RowBytes, strip.StepBytes, (byte*)b, bStep, c, _view.CRow, ahead);
            else TKernel.Compute<StoreTile>(rows, TKernel.Columns, depth, strip.A, strip.RowBytes, strip.StepBytes, (byte*)b, bStep, c, _view.CRow, ahead);
            if (ahead.Next != null) ahead = ahead.Later(tiles: 1);
            if (isFinished) Finish(i, block.FirstColumn + q, rows, width, c);
        }
    }

    /// <summary>A whole strip against rows of B where they lie, from the block's first column to <paramref name="end"/>, which become panels on the way.</summary>
    internal void MultiplyAndPack(in GemmBlock block, in GemmStrip<T> strip, T* b, nint bStep, T* panels, int end, GemmAhead ahead)
    {
        int i = block.FirstRow + strip.Row, depth = block.Depth;
        bool add = Adds(block), isFinished = IsFollowed(block);
        T* c = _view.C + i * _view.CRow + block.FirstColumn;
        bStep *= sizeof(T);
        for (int q = 0; q < end; q += TKernel.Columns, b += TKernel.Columns, c += TKernel.Columns, panels += (nint)TKernel.Columns * depth)
        {
            if (add) TKernel.ComputeAndPack<AddToTile>(depth, strip.A, (byte*)b, bStep, c, _view.CRow, ahead, panels);
            else TKernel.ComputeAndPack<StoreTile>(depth, strip.A, (byte*)b, bStep, c, _view.CRow, ahead, panels);
            if (ahead.Next != null) ahead = ahead.Later(tiles: 1);
            if (isFinished) Finish(i, block.FirstColumn + q, TKernel.Rows, TKernel.Columns, c);
        }
    }

    private bool Adds(in GemmBlock block) => block.FirstStep > 0 || _view.Accumulate;

    // Whether something is done to a tile behind the block's sums.
    private bool IsFollowed(in GemmBlock block) => block.IsLast && (_squares != null || !_view.Epilogue.IsNothing);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MultiplyEdge(in GemmBlock block, in GemmStrip<T> strip, byte* b, nint bStep, T* c, int width, bool add, in GemmAhead ahead)
    {
        int rows = strip.Rows;
        bool whole = _view.CColumn == 1 && TKernel.Height(rows, width) == rows && TKernel.Width(width) == width;
        if (whole && add) TKernel.Compute<AddToTile>(rows, width, block.Depth, strip.A, strip.RowBytes, strip.StepBytes, b, bStep, c, _view.CRow, ahead);
        else TKernel.Compute<StoreTile>(rows, width, block.Depth, strip.A, strip.RowBytes, strip.StepBytes, b, bStep, whole ? c : _tile, whole ? _view.CRow : TKernel.Columns, ahead);
        if (!whole) GemmTile<T, TVector, TSimd>.Merge(_view, _tile, TKernel.Columns, _turned, c, rows, width, add);
    }

    private void Finish(int i, int j, int rows, int columns, T* c)
    {
        if (!_view.IsTransposed && !_view.Epilogue.IsNothing) GemmTile<T, TVector, TSimd>.Finish(_view, i, j, rows, columns);
        if (_squares != null)
            _squares[i / TKernel.Rows * GemmBlocking.DivideUp(_view.N, TKernel.Columns) + j / TKernel.Columns] = GemmSquares<T>.Sum(c, _view.CRow, rows, columns);
    }
}
