using System.Numerics;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// Blocks of a product. The block of B is packed and stays in the second cache while the panels of A pass over it, each held in the first cache.
/// </summary>
internal readonly unsafe ref struct GemmBlockProduct<T, TKernel, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TKernel : struct, IGemmKernel<T>
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    private readonly ref readonly GemmView<T> _view;
    private readonly ref readonly GemmLayout<T> _layout;
    private readonly double* _squares; // of every tile, row of tiles after row; null where nobody asks

    internal GemmBlockProduct(in GemmDivision<T> division, double* squares)
    {
        _view = ref division.View;
        _layout = ref division.Layout;
        _squares = squares;
    }

    /// <summary>Packs the block of B, as far as its columns are not read in place; panel q lies where its number says, packed or not.</summary>
    internal void PackB(in GemmBlock block, byte* buffers)
    {
        if (_view.PackedB != null) return;
        int first = ColumnsInPlace(block);
        T* source = _view.B + block.FirstStep * _view.BStep + (block.FirstColumn + first) * _view.BColumn;
        T* panels = (T*)buffers + (nint)first * block.Depth;
        GemmPacking.PackPanels(source, _view.BColumn, _view.BStep, block.Columns - first, block.Depth, TKernel.Columns, panels, TKernel.Width(LastWidth(block)));
    }

    /// <summary>One task: some panels of A against every panel of the block of B.</summary>
    /// <param name="block">The block.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="packedB">Buffers of the part in which <see cref="PackB"/> packed the block of B.</param>
    /// <param name="buffers">The calling thread's own.</param>
    /// <param name="keeps">Whether every panel of A has its place in the buffers.</param>
    /// <param name="packs">Whether panels of A that are packed are not in their places yet.</param>
    internal void Multiply(in GemmBlock block, int task, byte* packedB, byte* buffers, bool keeps, bool packs)
    {
        int first = block.FirstRow + task * block.RowsPerTask, end = Math.Min(block.EndRow, first + block.RowsPerTask);
        int height = _layout.PanelsAtOnce * TKernel.Rows;
        for (int i = first; i < end; i += height)
        {
            int rows = Math.Min(height, end - i);
            T* a = _view.A + i * _view.ARow + block.FirstStep * _view.AStep;
            T* panels = (T*)(buffers + _layout.PanelOffset) + (keeps ? (nint)(i - block.FirstRow) * block.Depth : 0);
            bool isPacked = _layout.PacksA || !ReadsInPlace(block, rows);
            if (isPacked && packs) PackA(block, a, rows, panels, keeps);
            for (int r = 0; r < rows; r += TKernel.Rows)
            {
                T* panel = isPacked ? panels + (nint)r * block.Depth : a;
                MultiplyPanel(block, panel, isPacked ? 1 : _view.ARow, isPacked ? TKernel.Rows : _view.AStep, (T*)packedB, buffers, i + r, Math.Min(TKernel.Rows, rows - r));
            }
        }
    }

    /// <summary>What is left when all tasks of a block are done.</summary>
    internal void Finish(in GemmBlock block)
    {
        // A tile of the transposed product holds but a few elements of a row of C, so its epilogue waits for the others.
        if (_view.IsTransposed && IsLast(block)) GemmTile<T, TVector, TSimd>.Finish(_view, block.FirstRow, block.FirstColumn, block.Rows, block.Columns);
    }

    // A kernel reads whole heights, so an edge that does not fill one is packed.
    private static bool ReadsInPlace(in GemmBlock block, int rows) => TKernel.Height(rows, Widest(block)) == rows && TKernel.Height(rows, LastWidth(block)) == rows;

    private void PackA(in GemmBlock block, T* a, int rows, T* panels, bool keeps)
    {
        int last = (rows - 1) % TKernel.Rows + 1;
        // Kept panels may meet another width.
        int read = keeps ? TKernel.Rows : Math.Max(TKernel.Height(last, Widest(block)), TKernel.Height(last, LastWidth(block)));
        GemmPacking.PackPanels(a, _view.ARow, _view.AStep, rows, block.Depth, TKernel.Rows, panels, read);
    }

    private static int Widest(in GemmBlock block) => Math.Min(block.Columns, TKernel.Columns);

    private static int LastWidth(in GemmBlock block) => (block.Columns - 1) % TKernel.Columns + 1;

    private bool IsLast(in GemmBlock block) => block.FirstStep + block.Depth == _view.K;

    // Columns whose panels are not packed.
    private int ColumnsInPlace(in GemmBlock block)
    {
        int uses = GemmBlocking.DivideUp(block.Rows, TKernel.Rows);
        return _view.BColumn != 1 || uses >= GemmBlocking.MinUsesToPackB ? 0 : block.Columns / TKernel.Columns * TKernel.Columns;
    }

    // One panel of A against every panel of the block of B: a row of tiles.
    private void MultiplyPanel(in GemmBlock block, T* a, nint aRow, nint aStep, T* packedB, byte* buffers, int i, int rows)
    {
        T* tile = (T*)(buffers + _layout.TileOffset), turned = (T*)(buffers + _layout.TurnedOffset);
        int inPlace = ColumnsInPlace(block), firstColumn = block.FirstColumn, columns = block.Columns, depth = block.Depth;
        bool add = block.FirstStep > 0 || _view.Accumulate, last = IsLast(block);
        for (int q = 0; q < columns; q += TKernel.Columns)
        {
            int j = firstColumn + q, width = Math.Min(TKernel.Columns, columns - q);
            T* b = _view.PackedB != null ? _view.PackedB + (nint)j * _view.K + block.FirstStep * TKernel.Columns
                : q < inPlace ? _view.B + block.FirstStep * _view.BStep + j
                : packedB + (nint)q * depth;
            nint bStep = _view.PackedB == null && q < inPlace ? _view.BStep : TKernel.Columns;
            T* c = _view.C + i * _view.CRow + j * _view.CColumn;
            // A kernel writes whole rows of whole vectors; what does not end so takes the way over a tile of its own.
            bool whole = _view.CColumn == 1 && TKernel.Height(rows, width) == rows && TKernel.Width(width) == width;
            if (whole && add)
                TKernel.Compute<AddToTile>(rows, width, depth, (byte*)a, aRow * sizeof(T), aStep * sizeof(T), (byte*)b, bStep * sizeof(T), c, _view.CRow);
            else
                TKernel.Compute<StoreTile>(
                    rows, width, depth, (byte*)a, aRow * sizeof(T), aStep * sizeof(T), (byte*)b, bStep * sizeof(T),
                    whole ? c : tile, whole ? _view.CRow : TKernel.Columns);
            if (!whole) GemmTile<T, TVector, TSimd>.Merge(_view, tile, TKernel.Columns, turned, i, j, rows, width, add);
            if (!last) continue;
            if (!_view.IsTransposed) GemmTile<T, TVector, TSimd>.Finish(_view, i, j, rows, width);
            if (_squares != null)
                _squares[i / TKernel.Rows * GemmBlocking.DivideUp(_view.N, TKernel.Columns) + j / TKernel.Columns] = GemmSquares<T>.Sum(c, _view.CRow, rows, width);
        }
    }
}
