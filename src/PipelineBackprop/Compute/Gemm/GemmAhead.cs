namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// Memory that is needed soon, asked for while tiles are computed, two cache lines in every turn of their kernel or, where few tiles ask for much, four: asked for at once,
/// it would take the places in which what a tile itself needs is waited for.
/// </summary>
internal readonly unsafe struct GemmAhead
{
    /// <summary>Steps of the inner dimension that a turn takes.</summary>
    internal const int StepsPerTurn = 2;

    /// <summary>Bytes that two lines are.</summary>
    internal const int BytesPerTurn = 2 * CacheLine;

    private const int CacheLine = 64, TilesOfColumn = 2;

    /// <summary>The first line of a tile's first turn; null asks for nothing.</summary>
    internal byte* Next { get; private init; }

    /// <summary>Bytes from the first line of a turn to the second.</summary>
    internal nint Distance { get; private init; }

    /// <summary>Bytes from what is asked for in one turn to the next turn's.</summary>
    internal nint Turn { get; private init; }

    /// <summary>How many tiles ask.</summary>
    internal int Tiles { get; private init; }

    /// <summary>Whether two lines a turn would leave gaps, so that four are asked for, <see cref="Distance"/> apart.</summary>
    internal bool TakesFour { get; private init; }

    // Bytes from one tile's first line to the next tile's.
    private nint Tile { get; init; }

    /// <summary>A range of <paramref name="count"/> elements, an equal share for each of <paramref name="tiles"/> of <paramref name="depth"/> steps, a byte a turn beyond it at most.</summary>
    internal static GemmAhead Of<T>(T* first, nint count, int tiles, int depth)
        where T : unmanaged
    {
        nint turns = Turns(depth), turn = DivideUp(count * sizeof(T), tiles * turns);
        return new() { Next = (byte*)first, Distance = CacheLine, Turn = turn, Tile = turn * turns, Tiles = tiles, TakesFour = turn > BytesPerTurn };
    }

    /// <summary>Rows of <paramref name="length"/> elements that are <paramref name="distance"/> elements apart, two for each tile of <paramref name="depth"/> steps.</summary>
    internal static GemmAhead OfRows<T>(T* first, nint distance, int length, int rows, int depth)
        where T : unmanaged
    {
        nint row = distance * sizeof(T);
        return new() { Next = (byte*)first, Distance = row, Turn = DivideUp((nint)length * sizeof(T), Turns(depth)), Tile = 2 * row, Tiles = GemmBlocking.DivideUp(rows, 2) };
    }

    /// <summary>The first <see cref="BytesPerTurn"/> of rows that are <paramref name="distance"/> elements apart, as many rows as two tiles of <paramref name="depth"/> steps have turns.</summary>
    internal static GemmAhead OfColumn<T>(T* first, nint distance, int depth)
        where T : unmanaged
    {
        nint row = distance * sizeof(T);
        return new() { Next = (byte*)first, Distance = CacheLine, Turn = row, Tile = row * Turns(depth), Tiles = TilesOfColumn };
    }

    /// <summary>What is left after so many tiles.</summary>
    internal GemmAhead Later(int tiles) => tiles >= Tiles
        ? default
        : new() { Next = Next + tiles * Tile, Distance = Distance, Turn = Turn, Tile = Tile, Tiles = Tiles - tiles, TakesFour = TakesFour };

    private static nint DivideUp(nint value, nint divisor) => (value + divisor - 1) / divisor;

    private static nint Turns(int depth) => Math.Max(1, depth / StepsPerTurn);
}
