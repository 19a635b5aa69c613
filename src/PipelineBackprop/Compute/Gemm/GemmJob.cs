using System.Numerics;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The parts of one product: each computes a rectangle of C with its own buffers, all of the inner dimension included.
/// Per block of columns and inner dimension the block of B is packed; it stays in the second cache while the panels of A pass
/// over it, each held in the first cache.
/// </summary>
internal readonly unsafe struct GemmJob<T, TKernel, TVector, TSimd> : ITeamJob
    where T : unmanaged, IFloatingPointIeee754<T>
    where TKernel : struct, IGemmKernel<T>
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    private readonly GemmView<T> _view;
    private readonly GemmLayout<T> _layout;
    private readonly int _rowParts;
    private readonly int _columnParts;
    private readonly byte* _workspace;
    private readonly double* _squares; // of every tile, row of tiles after row; null where nobody asks

    internal GemmJob(in GemmView<T> view, in GemmLayout<T> layout, int rowParts, int columnParts, byte* workspace, double* squares)
    {
        _view = view;
        _layout = layout;
        _rowParts = rowParts;
        _columnParts = columnParts;
        _workspace = workspace;
        _squares = squares;
    }

    /// <inheritdoc/>
    public void Execute(int part)
    {
        (int firstRow, int endRow) = Range(part / _columnParts, _rowParts, TKernel.Rows, _view.M);
        (int firstColumn, int endColumn) = Range(part % _columnParts, _columnParts, TKernel.Columns, _view.N);
        byte* buffers = _workspace + part * _layout.Bytes;
        for (int p = 0; p < _view.K; p += _layout.Depth)
        {
            int depth = Math.Min(_layout.Depth, _view.K - p);
            for (int j = firstColumn; j < endColumn; j += _layout.Width)
                MultiplyBlock(buffers, firstRow, endRow, j, Math.Min(_layout.Width, endColumn - j), p, depth, isFirst: j == firstColumn);
        }
    }

    // Whole tiles, as evenly as they go.
    private static (int First, int End) Range(int index, int parts, int tile, int length)
    {
        long tiles = GemmBlocking.DivideUp(length, tile);
        return ((int)Math.Min(tiles * index / parts * tile, length), (int)Math.Min(tiles * (index + 1) / parts * tile, length));
    }

    private void MultiplyBlock(byte* buffers, int firstRow, int endRow, int j, int columns, int p, int depth, bool isFirst)
    {
        T* block = (T*)buffers, panels = (T*)(buffers + _layout.PanelOffset);
        int uses = GemmBlocking.DivideUp(endRow - firstRow, TKernel.Rows);
        bool packB = _view.BColumn != 1 || uses >= GemmBlocking.MinUsesToPackB;
        int direct = packB ? 0 : columns / TKernel.Columns * TKernel.Columns;
        if (_view.PackedB == null) PackB(block, j, direct, columns, p, depth);
        int widest = Math.Min(columns, TKernel.Columns), edge = (columns - 1) % TKernel.Columns + 1;
        for (int i = firstRow; i < endRow; i += TKernel.Rows)
        {
            int rows = Math.Min(TKernel.Rows, endRow - i);
            T* a = _view.A + i * _view.ARow + p * _view.AStep;
            // A kernel reads whole heights, so an edge that does not fill one is packed too.
            bool packed = _layout.PacksA || TKernel.Height(rows, widest) != rows || TKernel.Height(rows, edge) != rows;
            T* panel = _layout.KeepsPanels ? panels + (nint)(i - firstRow) * depth : panels;
            if (packed && (isFirst || !_layout.KeepsPanels))
            {
                int read = _layout.KeepsPanels ? TKernel.Rows : Math.Max(TKernel.Height(rows, widest), TKernel.Height(rows, edge));
                GemmPacking.Pack(a, _view.ARow, _view.AStep, rows, depth, TKernel.Rows, panel, read);
            }
            MultiplyPanel(packed ? panel : a, packed ? 1 : _view.ARow, packed ? TKernel.Rows : _view.AStep, buffers, i, rows, j, columns, direct, p, depth);
        }
        // A tile of the transposed product holds but a few elements of a row of C, so its epilogue waits for the others.
        if (_view.IsTransposed && p + depth == _view.K) GemmTile<T, TVector, TSimd>.Finish(_view, firstRow, j, endRow - firstRow, columns);
    }

    // Packs the columns from `first` to `columns` of the block; panel q lies where its number says, packed or not.
    private void PackB(T* block, int j, int first, int columns, int p, int depth)
    {
        T* source = _view.B + p * _view.BStep + (j + first) * _view.BColumn;
        GemmPacking.PackPanels(source, _view.BColumn, _view.BStep, columns - first, depth, TKernel.Columns, block + (nint)first * depth, TKernel.Width((columns - 1) % TKernel.Columns + 1));
    }

    // One panel of A against every panel of the block of B: a row of tiles.
    private void MultiplyPanel(T* a, nint aRow, nint aStep, byte* buffers, int i, int rows, int j, int columns, int direct, int p, int depth)
    {
        T* block = (T*)buffers, tile = (T*)(buffers + _layout.TileOffset), turned = (T*)(buffers + _layout.TurnedOffset);
        bool add = p > 0 || _view.Accumulate, last = p + depth == _view.K;
        for (int q = 0; q < columns; q += TKernel.Columns)
        {
            int width = Math.Min(TKernel.Columns, columns - q);
            T* b = _view.PackedB != null ? _view.PackedB + (nint)(j + q) * _view.K + p * TKernel.Columns
                : q < direct ? _view.B + p * _view.BStep + j + q
                : block + (nint)q * depth;
            nint bStep = _view.PackedB == null && q < direct ? _view.BStep : TKernel.Columns;
            T* c = _view.C + i * _view.CRow + (j + q) * _view.CColumn;
            // A kernel writes whole rows of whole vectors; what does not end so takes the way over a tile of its own.
            bool whole = _view.CColumn == 1 && TKernel.Height(rows, width) == rows && TKernel.Width(width) == width;
            if (whole && add)
                TKernel.Compute<AddToTile>(rows, width, depth, (byte*)a, aRow * sizeof(T), aStep * sizeof(T), (byte*)b, bStep * sizeof(T), c, _view.CRow);
            else
                TKernel.Compute<StoreTile>(
                    rows, width, depth, (byte*)a, aRow * sizeof(T), aStep * sizeof(T), (byte*)b, bStep * sizeof(T),
                    whole ? c : tile, whole ? _view.CRow : TKernel.Columns);
            if (!whole) GemmTile<T, TVector, TSimd>.Merge(_view, tile, TKernel.Columns, turned, i, j + q, rows, width, add);
            if (!last) continue;
            if (!_view.IsTransposed) GemmTile<T, TVector, TSimd>.Finish(_view, i, j + q, rows, width);
            if (_squares != null)
                _squares[i / TKernel.Rows * GemmBlocking.DivideUp(_view.N, TKernel.Columns) + (j + q) / TKernel.Columns] = GemmSquares<T>.Sum(c, _view.CRow, rows, width);
        }
    }
}
