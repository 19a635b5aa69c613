using System.Numerics;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// Blocks of a product. The block of one operand is packed and stays in the second cache while the panels of the other pass over it. Where they are panels of A,
/// each is held in the first cache; where they are panels of B, packed long ago, the next is asked for while one is at work.
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

    /// <summary>
    /// Packs the operand that stays, as far as it is not read in place; a panel lies where its number says, packed or not. Where B is packed on the way, the tiles of
    /// the first panel of A are computed with it.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="buffers">Buffers of the part.</param>
    /// <param name="packs">Whether the first passing panels of A are not in their places yet.</param>
    internal void Prepare(in GemmBlock block, byte* buffers, bool packs)
    {
        if (_layout.HoldsA) PackA(block, buffers);
        else if (PacksOnTheWay(block)) MultiplyAndPack(block, buffers, packs);
        else PackB(block, ColumnsInPlace(block), buffers);
    }

    /// <summary>One task: some panels of A against every panel of the block of B, or all against some.</summary>
    /// <param name="block">The block.</param>
    /// <param name="next">The block that the part's thread computes behind it; an empty one for none.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="owner">Buffers of the part, for which <see cref="Prepare"/> packed.</param>
    /// <param name="own">The calling thread's buffers.</param>
    /// <param name="keeps">Whether every passing panel of A has its place in the buffers.</param>
    /// <param name="packs">Whether passing panels of A that are packed are not in their places yet.</param>
    /// <param name="helps">Whether the thread is not the one that prepared the block; it takes tasks from the last on, so that the panels of B it needs next are those before.</param>
    internal void Multiply(in GemmBlock block, in GemmBlock next, int task, byte* owner, byte* own, bool keeps, bool packs, bool helps)
    {
        if (_layout.HoldsA) MultiplyColumns(block, task, owner, own, helps);
        else MultiplyRows(block, next, task, owner, own, keeps, packs, helps);
    }

    /// <summary>What is left when all tasks of a block are done.</summary>
    internal void Finish(in GemmBlock block)
    {
        // A tile of the transposed product holds but a few elements of a row of C, so its epilogue waits for the others.
        if (_view.IsTransposed && block.IsLast) GemmTile<T, TVector, TSimd>.Finish(_view, block.FirstRow, block.FirstColumn, block.Rows, block.Columns);
    }

    // Whether the tiles of the first panel of A read B where it lies and leave it packed for the other panels: copying alone, a core waits for what it copies.
    private bool PacksOnTheWay(in GemmBlock block) =>
        TKernel.PacksOnTheWay && _layout.PacksA && _view.BColumn == 1 && _view.CColumn == 1 && block.Columns >= TKernel.Columns && ColumnsInPlace(block) == 0;

    private void MultiplyAndPack(in GemmBlock block, byte* buffers, bool packs)
    {
        int whole = block.Columns / TKernel.Columns * TKernel.Columns, together = Math.Min(_layout.PanelsAtOnce * TKernel.Rows, block.Rows);
        T* panels = (T*)(buffers + _layout.PanelOffset), packedB = (T*)(buffers + _layout.BlockOffset);
        if (packs) PackA(block, first: 0, together, panels);
        GemmAhead nextOfA = packs ? SourceOfA(block, together, piece: 0) : default;
        var tiles = new GemmTiles<T, TKernel, TVector, TSimd>(_view, _squares, (T*)buffers, (T*)(buffers + _layout.TurnedOffset));
        T* b = _view.B + block.FirstStep * _view.BStep + block.FirstColumn;
        tiles.MultiplyAndPack(block, GemmStrip<T>.Of(row: 0, TKernel.Rows, panels, 1, TKernel.Rows), b, _view.BStep, packedB, whole, nextOfA);
        if (whole == block.Columns) return;
        PackB(block, whole, buffers);
        MultiplyPanel(block, panels, packedB, buffers, row: 0, whole, block.Columns, ahead: default);
    }

    private void PackB(in GemmBlock block, int first, byte* buffers)
    {
        T* source = _view.B + block.FirstStep * _view.BStep + (block.FirstColumn + first) * _view.BColumn;
        T* panels = (T*)(buffers + _layout.BlockOffset) + (nint)first * block.Depth;
        GemmPacking.PackPanels(source, _view.BColumn, _view.BStep, block.Columns - first, block.Depth, TKernel.Columns, panels, TKernel.Width(LastWidth(block)));
    }

    private void PackA(in GemmBlock block, byte* buffers)
    {
        int first = RowsInPlace(block);
        if (first == block.Rows) return;
        for (int number = 0, slices = block.Slices; number < slices; number++)
        {
            GemmBlock slice = block.Slice(number);
            PackA(slice, first, block.Rows - first, HeldPanels(block, slice, buffers) + (nint)first * slice.Depth);
        }
    }

    private void PackA(in GemmBlock block, int first, int rows, T* panels)
    {
        T* source = _view.A + (block.FirstRow + first) * _view.ARow + block.FirstStep * _view.AStep;
        int last = (rows - 1) % TKernel.Rows + 1;
        // Kept panels may meet another width.
        int read = _layout.KeepsPanels ? TKernel.Rows : Math.Max(TKernel.Height(last, Widest(block)), TKernel.Height(last, LastWidth(block)));
        GemmPacking.PackPanels(source, _view.ARow, _view.AStep, rows, block.Depth, TKernel.Rows, panels, read);
    }

    // Panels of A pass, each against all panels of B.
    private void MultiplyRows(in GemmBlock block, in GemmBlock next, int task, byte* owner, byte* own, bool keeps, bool packs, bool helps)
    {
        bool hasBegun = task == 0 && PacksOnTheWay(block);
        int first = task * block.RowsPerTask, end = Math.Min(block.Rows, first + block.RowsPerTask), inPlace = RowsInPlace(block);
        int height = _layout.PanelsAtOnce * TKernel.Rows;
        for (int i = first; i < end; i += height)
        {
            int rows = Math.Min(height, end - i);
            T* panels = (T*)(own + _layout.PanelOffset) + (keeps ? (nint)i * block.Depth : 0);
            bool isBegun = hasBegun && i == 0;
            // Who prepared the block has packed its first panels of A.
            if (i >= inPlace && packs && (helps || !isBegun)) PackA(block, i, rows, panels);
            for (int r = isBegun ? TKernel.Rows : 0; r < rows; r += TKernel.Rows)
            {
                T* panel = i >= inPlace ? panels + (nint)r * block.Depth : null;
                GemmAhead nextOfA = packs && i >= inPlace ? SourceOfA(block, i + height, r) : default, nextOfB = SourceOfB(block, next, i + r);
                int split = Math.Min(nextOfA.Tiles * TKernel.Columns, block.Columns);
                if (split > 0) MultiplyPanel(block, panel, (T*)(owner + _layout.BlockOffset), own, i + r, 0, split, nextOfA);
                if (split < block.Columns) MultiplyPanel(block, panel, (T*)(owner + _layout.BlockOffset), own, i + r, split, block.Columns, nextOfB);
            }
        }
    }

    // Panels of B pass, each against all panels of A, slice after slice, so that their part of C is in the first cache when the next slice is added to it.
    private void MultiplyColumns(in GemmBlock block, int task, byte* owner, byte* own, bool helps)
    {
        int first = task * block.ColumnsPerTask, end = Math.Min(block.Columns, first + block.ColumnsPerTask), slices = block.Slices, inPlace = RowsInPlace(block);
        for (int q = first; q < end; q += TKernel.Columns)
        {
            for (int number = 0; number < slices; number++)
            {
                GemmBlock slice = block.Slice(number);
                T* panels = HeldPanels(block, slice, owner);
                GemmAhead ahead = number + 1 < slices ? Panel(slice, q, slice.EndStep) : helps ? PanelBefore(block, q) : PanelBehind(block, q);
                for (int r = 0; r < block.Rows; r += TKernel.Rows)
                {
                    MultiplyPanel(slice, r < inPlace ? null : panels + (nint)r * slice.Depth, null, own, r, q, Math.Min(end, q + TKernel.Columns), ahead);
                    ahead = ahead.Later(tiles: 1);
                }
            }
        }
    }

    // Where the panels of A of a slice of the block lie: the slices one after the other, edges as high as whole tiles.
    private T* HeldPanels(in GemmBlock block, in GemmBlock slice, byte* buffers) =>
        (T*)(buffers + _layout.PanelOffset) + (nint)(slice.FirstStep - block.FirstStep) * GemmBlocking.DivideUp(block.Rows, TKernel.Rows) * TKernel.Rows;

    // One panel of A, or the rows in place where that is null, against panels of B: tiles of one row.
    private void MultiplyPanel(in GemmBlock block, T* panel, T* packedB, byte* own, int row, int first, int end, in GemmAhead ahead)
    {
        T* inPlace = _view.A + (block.FirstRow + row) * _view.ARow + block.FirstStep * _view.AStep;
        int rows = Math.Min(TKernel.Rows, block.Rows - row), notPacked = Math.Min(ColumnsInPlace(block), end);
        GemmStrip<T> strip = panel != null ? GemmStrip<T>.Of(row, rows, panel, 1, TKernel.Rows) : GemmStrip<T>.Of(row, rows, inPlace, _view.ARow, _view.AStep);
        var tiles = new GemmTiles<T, TKernel, TVector, TSimd>(_view, _squares, (T*)own, (T*)(own + _layout.TurnedOffset));
        if (_view.PackedB != null)
        {
            T* b = _view.PackedB + (nint)(block.FirstColumn + first) * _view.K + block.FirstStep * TKernel.Columns;
            tiles.Multiply(block, strip, b, TKernel.Columns, (nint)TKernel.Columns * _view.K, first, end, ahead);
            return;
        }
        if (first < notPacked)
            tiles.Multiply(block, strip, _view.B + block.FirstStep * _view.BStep + block.FirstColumn + first, _view.BStep, TKernel.Columns, first, notPacked, ahead);
        first = Math.Max(first, notPacked);
        if (first < end) tiles.Multiply(block, strip, packedB + (nint)first * block.Depth, TKernel.Columns, (nint)TKernel.Columns * block.Depth, first, end, ahead);
    }

    // The panel of B that is needed next: that of the next columns, or the first one for the next steps.
    private GemmAhead PanelBehind(in GemmBlock block, int column)
    {
        bool isLastPanel = column + TKernel.Columns >= block.Columns;
        if (isLastPanel && block.IsLast) return default;
        return isLastPanel ? Panel(block, 0, block.EndStep) : Panel(block, column + TKernel.Columns, block.FirstStep);
    }

    private GemmAhead PanelBefore(in GemmBlock block, int column) => column == 0 ? default : Panel(block, column - TKernel.Columns, block.FirstStep);

    private GemmAhead Panel(in GemmBlock block, int column, int step)
    {
        int asking = TKernel.MinRowsToAsk > TKernel.Rows ? 0 : (block.Rows + TKernel.Rows - TKernel.MinRowsToAsk) / TKernel.Rows;
        if (asking == 0) return default;
        T* first = _view.PackedB + (nint)(block.FirstColumn + column) * _view.K + (nint)step * TKernel.Columns;
        return GemmAhead.Of(first, (nint)block.Depth * TKernel.Columns, asking, block.Depth);
    }

    // What is packed of A behind the panels at work: all of it where its rows are long; of a strided one a piece, so few bytes of a row that the processor does not see them coming.
    private GemmAhead SourceOfA(in GemmBlock block, int row, int piece)
    {
        if (row >= block.Rows || !AsksFor(_view.M)) return default;
        T* first = _view.A + (block.FirstRow + row) * _view.ARow + block.FirstStep * _view.AStep;
        if (_view.AStep == 1) return GemmAhead.OfRows(first, _view.ARow, block.Depth, TKernel.Rows, block.Depth);
        int place = piece / TKernel.Rows * GemmAhead.BytesPerTurn / sizeof(T);
        return place < _layout.PanelsAtOnce * TKernel.Rows ? GemmAhead.OfColumn(first + place, _view.AStep, block.Depth) : default;
    }

    // What the next block packs of B, which comes from far away where B is large; as late as it can be, so that it is still in the second cache then.
    private GemmAhead SourceOfB(in GemmBlock block, in GemmBlock next, int row)
    {
        if (next.Columns == 0 || !AsksFor(_view.N)) return default;
        T* first = _view.B + next.FirstStep * _view.BStep + next.FirstColumn * _view.BColumn;
        GemmAhead all = _view.BColumn == 1
            ? GemmAhead.OfRows(first, _view.BStep, next.Columns, next.Depth, block.Depth)
            : GemmAhead.OfRows(first, _view.BColumn, next.Depth, next.Columns, block.Depth);
        int tiles = GemmBlocking.DivideUp(block.Columns, TKernel.Columns);
        int late = Math.Max(0, GemmBlocking.DivideUp(block.Rows, TKernel.Rows) - GemmBlocking.DivideUp(all.Tiles, tiles)), panel = row / TKernel.Rows;
        return panel < late ? default : all.Later((panel - late) * tiles);
    }

    private bool AsksFor(int items) => TKernel.AsksForSources && GemmBlocking.IsFarAway((long)items * _view.K * sizeof(T));

    private static int Widest(in GemmBlock block) => Math.Min(block.Columns, TKernel.Columns);

    private static int LastWidth(in GemmBlock block) => (block.Columns - 1) % TKernel.Columns + 1;

    // Rows of the block whose panels are not packed. A kernel reads whole heights, so an edge that does not fill one is packed.
    private int RowsInPlace(in GemmBlock block)
    {
        if (_layout.PacksA) return 0;
        int edge = block.Rows % TKernel.Rows;
        bool isWhole = edge == 0 || (TKernel.Height(edge, Widest(block)) == edge && TKernel.Height(edge, LastWidth(block)) == edge);
        return isWhole ? block.Rows : block.Rows - edge;
    }

    // Columns of the block whose panels are not packed.
    private int ColumnsInPlace(in GemmBlock block)
    {
        int uses = GemmBlocking.DivideUp(block.Rows, TKernel.Rows);
        return _view.BColumn != 1 || uses >= GemmBlocking.MinUsesToPackB ? 0 : block.Columns / TKernel.Columns * TKernel.Columns;
    }
}
