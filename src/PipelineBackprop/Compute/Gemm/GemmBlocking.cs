namespace PipelineBackprop.Compute.Gemm;

/// <summary>The sizes of blocks and the division of C among threads: every number that a tuner may want to change.</summary>
internal static class GemmBlocking
{
    /// <summary>
    /// Longest block of the inner dimension: a panel of 12 rows is 16 KiB of float and stays in the first cache, and 784, 1024 and 2048 are cut into three,
    /// three and six blocks. It decides how sums are grouped, so it is one number for all paths and machines.
    /// </summary>
    internal const int MaxDepth = 344;

    /// <summary>Bytes of the packed block that stays, 512 columns or rows of the longest depth: two thirds of a second-level cache of 1 MiB.</summary>
    private const int BlockBytes = 704 * 1024;

    /// <summary>Smaller matrices are mostly in a second cache, where asking for them ahead is work for nothing.</summary>
    private const long MinBytesFarAway = 2 * 1024 * 1024;

    /// <summary>A fraction of a second cache.</summary>
    private const long MaxBytesNear = 128 * 1024;

    /// <summary>A tile of so many steps takes some hundred nanoseconds at most, which is what memory takes to answer.</summary>
    private const int MaxStepsOfShortTile = 48;

    /// <summary>From this number of uses on a panel of A is packed first where reading it in place costs cache conflicts at every use.</summary>
    private const int MinUsesToPackA = 4;

    /// <summary>The same where it does not: the kernel over packed panels takes fewer instructions.</summary>
    private const int MinUsesToPackAnyA = 16;

    /// <summary>From this number of uses on a panel of B is packed first.</summary>
    internal const int MinUsesToPackB = 4;

    /// <summary>Rows of a part whose panels of A may be kept while the blocks of columns pass, at most 1.3 KiB of float each: 4,096 in whole tiles.</summary>
    internal const int MaxRowsToKeep = 4104;

    /// <summary>
    /// Up to this number of rows a transposed B is better read in place, as the A of the transposed product. With fewer rows
    /// than a vector holds the transposed product would compute zeros.
    /// </summary>
    private const int MaxRowsToTranspose = 48;

    /// <summary>B must have more columns than this many times the rows: packing fewer costs less than turning the rows.</summary>
    private const int MinColumnsPerRowToTranspose = 2;

    /// <summary>
    /// Multiply-adds of a thread below which sharing costs more than it saves: some µs, in which a dozen lines cross between cores whose third caches are different ones.
    /// </summary>
    private const long MinWorkPerThread = 1 << 18;

    /// <summary>Rows that are multiplied in the time that reading B takes: fewer take as long, and threads share the reading.</summary>
    private const int RowsOfReading = 10;

    /// <summary>Multiply-adds of a part below which threads do not help each other: it is over before the lines they share have moved between cores.</summary>
    private const long MinWorkToHelp = 1 << 22;

    /// <summary>The same of a product that one thread computes and guests may help with: nobody waits for them at its beginning.</summary>
    private const long MinWorkToOpen = 1 << 20;

    /// <summary>Multiply-adds of a task, at least.</summary>
    private const int MinWorkOfTask = 1 << 17;

    /// <summary>Passing panels of A that are packed together, at most.</summary>
    internal const int MaxPanelsAtOnce = 4;

    private const int ConflictBytes = 2048, MaxRowsWithoutConflict = 4;

    // What packing an element costs, counted in multiply-adds; what reading one as it is, or from behind the second cache; and what a row of C costs once,
    // whatever the steps: the processor fetches ahead beyond the thread's last column what another thread is writing.
    private const long PackingCost = 16, ReadingCost = 4, RowCost = 640;

    /// <summary>The block length of the inner dimension: a function of k alone, so that no other size or thread count touches the sums.</summary>
    internal static int Depth(int k)
    {
        int blocks = DivideUp(k, MaxDepth);
        return blocks <= 1 ? k : DivideUp(DivideUp(k, blocks), 8) * 8;
    }

    /// <summary>
    /// Whether the panels of A are packed, of which each is multiplied with <paramref name="uses"/> panels of B. Strided steps are read in place once at most.
    /// </summary>
    internal static bool PacksA<T>(in GemmView<T> view, int uses)
        where T : unmanaged => view.AStep != 1 ? uses > 1 : uses >= (HasConflicts(view) ? MinUsesToPackA : MinUsesToPackAnyA);

    /// <summary>Panels of A that are packed together: of a strided A four, so that whole cache lines are read.</summary>
    internal static int PanelsAtOnce<T>(in GemmView<T> view)
        where T : unmanaged => view.AStep == 1 ? 1 : MaxPanelsAtOnce;

    // A row every 2 KiB or 4 KiB leaves two sets of the first cache or one for twelve rows.
    private static unsafe bool HasConflicts<T>(in GemmView<T> view)
        where T : unmanaged => view.M > MaxRowsWithoutConflict && view.ARow * sizeof(T) % ConflictBytes == 0;

    /// <summary>Columns of the packed block of B, a multiple of the tile's columns: half as many where the next block is asked for, which comes to lie beside it.</summary>
    internal static int Width(int depth, int tileColumns, int elementBytes, bool asks) =>
        Math.Max(1, (asks ? BlockBytes / 2 : BlockBytes) / (depth * elementBytes * tileColumns)) * tileColumns;

    /// <summary>Whether a matrix of <paramref name="bytes"/> may have to come from behind the second cache.</summary>
    internal static bool IsFarAway(long bytes) => bytes >= MinBytesFarAway;

    /// <summary>Whether a C of <paramref name="bytes"/> is in the first two caches, where asking for its lines costs more than waiting for them.</summary>
    internal static bool IsNear(long bytes) => bytes <= MaxBytesNear;

    /// <summary>Whether a tile of <paramref name="depth"/> steps is over before lines of C that it asked for at its beginning are there.</summary>
    internal static bool IsShort(int depth) => depth <= MaxStepsOfShortTile;

    /// <summary>Whether an A of <paramref name="bytes"/> stays in the second cache as a whole.</summary>
    internal static bool HoldsAll(long bytes) => bytes <= BlockBytes;

    /// <summary>
    /// Row tiles of a block of A that stays in the second cache, of <paramref name="rowTiles"/> altogether, in blocks as equal as they go, where a panel has
    /// <paramref name="panelBytes"/>.
    /// </summary>
    internal static int TilesToHold(int rowTiles, long panelBytes) => DivideUp(rowTiles, DivideUp(rowTiles, (int)Math.Clamp(BlockBytes / panelBytes, 1, rowTiles)));

    /// <summary>True when Cᵀ should be computed instead of C.</summary>
    internal static bool Transpose<T>(in GemmView<T> view, int tileRows, int tileColumns)
        where T : unmanaged => IsFlat(view, tileColumns) || IsNarrow(view, tileRows, tileColumns);

    private static bool IsFlat<T>(in GemmView<T> view, int tileColumns)
        where T : unmanaged => view.BColumn != 1 && view.M <= MaxRowsToTranspose && view.M >= tileColumns / 2 && view.N > MinColumnsPerRowToTranspose * view.M;

    // A few columns fill a tile's rows better than its vectors; worth it where A's columns are contiguous and serve as B without packing.
    private static bool IsNarrow<T>(in GemmView<T> view, int tileRows, int tileColumns)
        where T : unmanaged => view.ARow == 1 && view.N <= tileRows && view.M >= 4 * tileColumns;

    /// <summary>
    /// Divides <paramref name="rowTiles"/> × <paramref name="columnTiles"/> tiles of C into a grid of at most
    /// <paramref name="threads"/> rectangles: the grid whose largest rectangle costs least, operands and rows of C included.
    /// </summary>
    internal static (int Rows, int Columns) Grid<T>(in GemmView<T> view, int rowTiles, int columnTiles, int tileRows, int tileColumns, int threads, bool asks)
        where T : unmanaged
    {
        long work = (long)Math.Max(view.M, RowsOfReading) * view.N * view.K;
        int limit = (int)Math.Clamp(work / MinWorkPerThread, 1, threads);
        (int Rows, int Columns) best = (1, 1);
        long bestCost = long.MaxValue;
        // Threads that help each other make up for a tile more or less.
        bool areEvenedOut = LeavesCache(view, view.M) && IsWorthHelping(view, limit);
        for (int rows = 1; rows <= Math.Min(limit, rowTiles); rows++)
        {
            int columns = Math.Min(limit / rows, columnTiles);
            int height = areEvenedOut ? DivideUp(view.M, rows) : DivideUp(rowTiles, rows) * tileRows;
            int width = areEvenedOut ? DivideUp(view.N, columns) : DivideUp(columnTiles, columns) * tileColumns;
            long cost = Cost(view, height, width, tileColumns, asks);
            if (cost < bestCost)
                (best, bestCost) = ((rows, columns), cost);
        }
        return best;
    }

    // What a part costs, in multiply-adds a step of the inner dimension.
    private static unsafe long Cost<T>(in GemmView<T> view, int height, int width, int tileColumns, bool asks)
        where T : unmanaged
    {
        int depth = Depth(view.K);
        long costOfA = PacksA(view, width / tileColumns) ? PackingCost : ReadingCost, costOfB = view.PackedB == null ? PackingCost : ReadingCost;
        if (LeavesCache(view, height)) costOfA += ReadingCost * DivideUp(width, Width(depth, tileColumns, sizeof(T), asks));
        return (long)height * width + costOfA * height + costOfB * width + RowCost * height / view.K;
    }

    // Whether panels of so many rows of A are more than the second cache holds, so that every block of columns reads them again from behind it.
    private static unsafe bool LeavesCache<T>(in GemmView<T> view, int rows)
        where T : unmanaged => view.PackedB == null && !HoldsAll((long)rows * Depth(view.K) * sizeof(T));

    /// <summary>Whether it pays that threads help each other with a product of so many parts, or guests with that of one.</summary>
    internal static bool IsWorthHelping<T>(in GemmView<T> view, int parts)
        where T : unmanaged => (long)view.M * view.N * view.K / parts >= (parts > 1 ? MinWorkToHelp : MinWorkToOpen);

    /// <summary>Rows or columns of tiles of a task, of <paramref name="tiles"/> of a block.</summary>
    /// <param name="tiles">Rows or columns of tiles of the largest block.</param>
    /// <param name="together">How many are packed together.</param>
    /// <param name="tileWork">Multiply-adds of one of them.</param>
    internal static int TilesPerTask(int tiles, int together, long tileWork) =>
        Math.Max(Math.Max(together, (int)Math.Min(tiles, DivideUp(MinWorkOfTask, tileWork))), DivideUp(tiles, GemmProgress.MaxTasks));

    /// <summary>⌈value / divisor⌉ for value ≥ 0.</summary>
    internal static int DivideUp(int value, int divisor) => (int)(((long)value + divisor - 1) / divisor);

    private static long DivideUp(long value, long divisor) => (value + divisor - 1) / divisor;
}
