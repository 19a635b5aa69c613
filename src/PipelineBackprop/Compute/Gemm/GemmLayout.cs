namespace PipelineBackprop.Compute.Gemm;

/// <summary>The buffers of one part of a product, one after the other: the tile, the turned tile, the progress, the panels of A and the block of B.</summary>
internal readonly struct GemmLayout<T>
    where T : unmanaged
{
    /// <summary>Columns of a turned tile: at least the rows of any tile, and whole vectors.</summary>
    internal const int TurnedColumns = 16;

    /// <summary>Steps of a slice of the inner dimension.</summary>
    internal int Depth { get; private init; }

    /// <summary>Steps of a block: a slice, or all of them where the whole of A is packed and stays in the cache, so that threads which share the block meet once.</summary>
    internal int Steps { get; private init; }

    /// <summary>Rows of a block, a multiple of the tile's: all of them where the block of B is what stays in the cache.</summary>
    internal int Height { get; private init; }

    /// <summary>Columns of a block, a multiple of the tile's: all of them where the block of A is what stays in the cache.</summary>
    internal int Width { get; private init; }

    /// <summary>
    /// Whether the block of A is packed and stays in the second cache while the panels of B, which were packed before the product, pass over it; otherwise the block of
    /// B stays and the panels of A pass.
    /// </summary>
    internal bool HoldsA { get; private init; }

    /// <summary>Whether panels of A are packed before they are used.</summary>
    internal bool PacksA { get; private init; }

    /// <summary>Panels of A that are packed together where they pass.</summary>
    internal int PanelsAtOnce { get; private init; }

    /// <summary>Whether every passing panel of A has its place, so that it is packed for the first block of columns and serves the others too.</summary>
    internal bool KeepsPanels { get; private init; }

    /// <summary>Where a tile of the transposed product is turned, in bytes.</summary>
    internal long TurnedOffset { get; private init; }

    /// <summary>Where the progress of the part is counted, in bytes.</summary>
    internal long ProgressOffset { get; private init; }

    /// <summary>Where the panels of A begin, in bytes.</summary>
    internal long PanelOffset { get; private init; }

    /// <summary>Where the block of B begins, in bytes.</summary>
    internal long BlockOffset { get; private init; }

    /// <summary>Bytes of all, a multiple of 64.</summary>
    internal long Bytes { get; private init; }

    /// <summary>The buffers for a part of at most <paramref name="rowTiles"/> × <paramref name="columnTiles"/> tiles of a product.</summary>
    internal static unsafe GemmLayout<T> For(in GemmView<T> view, int rowTiles, int columnTiles, int tileRows, int tileColumns, bool asks)
    {
        int depth = GemmBlocking.Depth(view.K), rows = rowTiles, columns = columnTiles;
        bool holdsA = view.PackedB != null;
        if (!holdsA) columns = Math.Min(columnTiles, GemmBlocking.Width(depth, tileColumns, sizeof(T), asks) / tileColumns);
        bool packs = GemmBlocking.PacksA(view, columns);
        int steps = holdsA && packs && GemmBlocking.HoldsAll((long)rowTiles * tileRows * view.K * sizeof(T)) ? view.K : depth;
        if (holdsA) rows = GemmBlocking.TilesToHold(rowTiles, (long)steps * tileRows * sizeof(T));
        bool keeps = !holdsA && packs && columns < columnTiles && rowTiles * tileRows <= GemmBlocking.MaxRowsToKeep;
        int together = packs ? GemmBlocking.PanelsAtOnce(view) : 1;
        long panels = PanelsAt(tileRows, tileColumns), block = panels + Panels(holdsA || keeps ? rows : together, steps, tileRows);
        return new GemmLayout<T>
        {
            Depth = depth,
            Steps = steps,
            Height = rows * tileRows,
            Width = columns * tileColumns,
            HoldsA = holdsA,
            PacksA = packs,
            PanelsAtOnce = together,
            KeepsPanels = keeps,
            TurnedOffset = Tile(tileRows, tileColumns),
            ProgressOffset = panels - GemmProgress.Size,
            PanelOffset = panels,
            BlockOffset = block,
            Bytes = block + (holdsA ? 0 : Align((long)depth * columns * tileColumns * sizeof(T))),
        };
    }

    /// <summary>Bytes of the buffers of a thread that helps with products from outside, whatever they are: all but the block of B.</summary>
    internal static long GuestBytes(int tileRows, int tileColumns) =>
        PanelsAt(tileRows, tileColumns) + Panels(GemmBlocking.MaxPanelsAtOnce, GemmBlocking.MaxDepth, tileRows);

    private static long PanelsAt(int tileRows, int tileColumns) => Tile(tileRows, tileColumns) + Turned(tileColumns) + GemmProgress.Size;

    private static unsafe long Tile(int rows, int columns) => Align(GemmBlocking.DivideUp(rows, 4) * 4L * columns * sizeof(T));

    private static unsafe long Turned(int tileColumns) => Align((long)TurnedColumns * tileColumns * sizeof(T));

    private static unsafe long Panels(int count, int depth, int rows) => Align((long)depth * rows * count * sizeof(T));

    private static long Align(long bytes) => (bytes + 63) & ~63L;
}
