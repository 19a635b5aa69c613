using System.Diagnostics.CodeAnalysis;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// How a product is divided: C into a grid of parts, one a thread, and each part into blocks, which its thread computes one after the other, columns or rows
/// before steps of the inner dimension.
/// </summary>
internal readonly struct GemmDivision<T>
    where T : unmanaged
{
    private readonly GemmView<T> _view;
    private readonly GemmLayout<T> _layout;
    private readonly int _tileRows, _tileColumns, _rowParts, _columnParts, _rowsPerTask, _columnsPerTask;

    /// <summary>
    /// Divides a product whose sizes are all at least 1 for at most <paramref name="threads"/> threads and, where it is open to them, guests; <paramref name="asks"/> says whether
    /// its kernel asks for what the next block packs.
    /// </summary>
    internal unsafe GemmDivision(in GemmView<T> problem, int threads, int tileRows, int tileColumns, bool asks, bool isOpen = false)
    {
        (_tileRows, _tileColumns) = (tileRows, tileColumns);
        _view = problem.PackedB == null && GemmBlocking.Transpose(problem, tileRows, tileColumns) ? problem.Transposed() : problem;
        int rowTiles = GemmBlocking.DivideUp(View.M, tileRows), columnTiles = GemmBlocking.DivideUp(View.N, tileColumns);
        (_rowParts, _columnParts) = GemmBlocking.Grid(View, rowTiles, columnTiles, tileRows, tileColumns, threads, asks);
        _layout = GemmLayout<T>.For(View, GemmBlocking.DivideUp(rowTiles, _rowParts), GemmBlocking.DivideUp(columnTiles, _columnParts), tileRows, tileColumns, asks);
        // The transposed product's tiles are finished together, so none of them has its own sum.
        Sums = View.Squares == null || View.IsTransposed ? 0 : rowTiles * columnTiles;
        (_rowsPerTask, _columnsPerTask) = (Layout.Height, Layout.Width);
        if ((Parts == 1 && !isOpen) || !GemmBlocking.IsWorthHelping(View, Parts)) return;
        (int height, int width) = (Layout.Height / tileRows, Layout.Width / tileColumns);
        long strip = (long)tileRows * tileColumns * Layout.Steps;
        if (Layout.HoldsA) _columnsPerTask = GemmBlocking.TilesPerTask(width, together: 1, height * strip) * tileColumns;
        else _rowsPerTask = GemmBlocking.TilesPerTask(height, Layout.PanelsAtOnce, width * strip) * tileRows;
        AreTasksShared = _columnsPerTask < Layout.Width || _rowsPerTask < Layout.Height;
    }

    /// <summary>The product as it is computed.</summary>
    [UnscopedRef]
    internal ref readonly GemmView<T> View => ref _view;

    /// <summary>The buffers of every part.</summary>
    [UnscopedRef]
    internal ref readonly GemmLayout<T> Layout => ref _layout;

    /// <summary>How many parts there are.</summary>
    internal int Parts => _rowParts * _columnParts;

    /// <summary>Whether threads that have finished help the others.</summary>
    internal bool AreTasksShared { get; }

    /// <summary>How many tiles have a sum of squares of their own.</summary>
    internal int Sums { get; }

    /// <summary>Bytes of the parts' buffers.</summary>
    internal long PartBytes => Layout.Bytes * Parts;

    /// <summary>Bytes of the parts' buffers and the sums behind them.</summary>
    internal long Bytes => PartBytes + (long)Sums * sizeof(double);

    /// <summary>Rows and columns of a part.</summary>
    internal GemmPart Part(int part)
    {
        (int firstRow, int endRow) = Range(part / _columnParts, _rowParts, _tileRows, View.M);
        (int firstColumn, int endColumn) = Range(part % _columnParts, _columnParts, _tileColumns, View.N);
        return new GemmPart(firstRow, endRow, firstColumn, endColumn);
    }

    /// <summary>How many blocks a part has.</summary>
    internal int Blocks(GemmPart part) => GemmBlocking.DivideUp(View.K, Layout.Steps) * BlocksOfAStep(part);

    /// <summary>The block of a part by its number in the order of computation.</summary>
    internal GemmBlock Block(GemmPart part, int number)
    {
        (int step, int place) = Math.DivRem(number, BlocksOfAStep(part));
        // A block has all rows or all columns of its part.
        int row = part.FirstRow + (Layout.HoldsA ? place * Layout.Height : 0), column = part.FirstColumn + (Layout.HoldsA ? 0 : place * Layout.Width);
        return new GemmBlock
        {
            FirstRow = row,
            EndRow = Math.Min(row + Layout.Height, part.EndRow),
            FirstColumn = column,
            Columns = Math.Min(Layout.Width, part.EndColumn - column),
            FirstStep = step * Layout.Steps,
            Depth = Math.Min(Layout.Depth, View.K - step * Layout.Steps),
            EndStep = (int)Math.Min((step + 1L) * Layout.Steps, View.K),
            IsLast = (step + 1L) * Layout.Steps >= View.K,
            RowsPerTask = _rowsPerTask,
            ColumnsPerTask = _columnsPerTask,
        };
    }

    /// <summary>The block behind it; an empty one behind the last.</summary>
    internal GemmBlock Next(GemmPart part, int number) => number + 1 < Blocks(part) ? Block(part, number + 1) : default;

    private int BlocksOfAStep(GemmPart part) => Layout.HoldsA
        ? GemmBlocking.DivideUp(part.EndRow - part.FirstRow, Layout.Height)
        : GemmBlocking.DivideUp(part.EndColumn - part.FirstColumn, Layout.Width);

    // Whole tiles, as evenly as they go.
    private static (int First, int End) Range(int index, int parts, int tile, int length)
    {
        long tiles = GemmBlocking.DivideUp(length, tile);
        return ((int)Math.Min(tiles * index / parts * tile, length), (int)Math.Min(tiles * (index + 1) / parts * tile, length));
    }
}
