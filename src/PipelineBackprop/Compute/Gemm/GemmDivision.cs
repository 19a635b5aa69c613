using System.Diagnostics.CodeAnalysis;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// How a product is divided: C into a grid of parts, one a thread, and each part into blocks, which its thread computes one after the other, columns before
/// steps of the inner dimension.
/// </summary>
internal readonly struct GemmDivision<T>
    where T : unmanaged
{
    private readonly GemmView<T> _view;
    private readonly GemmLayout<T> _layout;
    private readonly int _tileRows, _tileColumns, _rowParts, _columnParts, _rowsPerTask;

    /// <summary>Divides a product whose sizes are all at least 1 for at most <paramref name="threads"/> threads.</summary>
    internal unsafe GemmDivision(in GemmView<T> problem, int threads, int tileRows, int tileColumns)
    {
        (_tileRows, _tileColumns) = (tileRows, tileColumns);
        _view = problem.PackedB == null && GemmBlocking.Transpose(problem, tileRows, tileColumns) ? problem.Transposed() : problem;
        int rowTiles = GemmBlocking.DivideUp(View.M, tileRows), columnTiles = GemmBlocking.DivideUp(View.N, tileColumns);
        (_rowParts, _columnParts) = GemmBlocking.Grid(rowTiles, columnTiles, tileRows, tileColumns, View.K, threads);
        int tallest = GemmBlocking.DivideUp(rowTiles, _rowParts);
        _layout = GemmLayout<T>.For(View, tallest, GemmBlocking.DivideUp(columnTiles, _columnParts), tileRows, tileColumns);
        int tiles = GemmBlocking.TilesPerTask(View, Parts, tallest, Layout.PanelsAtOnce, (long)tileRows * Layout.Width * Layout.Depth);
        _rowsPerTask = tiles * tileRows;
        AreTasksShared = tiles < tallest;
        // The transposed product's tiles are finished together, so none of them has its own sum.
        Sums = View.Squares == null || View.IsTransposed ? 0 : rowTiles * columnTiles;
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

    /// <summary>The block of a part that begins at a step of the inner dimension and a column.</summary>
    internal GemmBlock Block(GemmPart part, int firstStep, int firstColumn) => new()
    {
        FirstRow = part.FirstRow,
        EndRow = part.EndRow,
        FirstColumn = firstColumn,
        Columns = Math.Min(Layout.Width, part.EndColumn - firstColumn),
        FirstStep = firstStep,
        Depth = Math.Min(Layout.Depth, View.K - firstStep),
        RowsPerTask = _rowsPerTask,
    };

    /// <summary>The block of a part by its number in the order of computation.</summary>
    internal GemmBlock Block(GemmPart part, int number)
    {
        (int steps, int columns) = Math.DivRem(number, GemmBlocking.DivideUp(part.EndColumn - part.FirstColumn, Layout.Width));
        return Block(part, steps * Layout.Depth, part.FirstColumn + columns * Layout.Width);
    }

    // Whole tiles, as evenly as they go.
    private static (int First, int End) Range(int index, int parts, int tile, int length)
    {
        long tiles = GemmBlocking.DivideUp(length, tile);
        return ((int)Math.Min(tiles * index / parts * tile, length), (int)Math.Min(tiles * (index + 1) / parts * tile, length));
    }
}
