namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// Memory that is needed soon, asked for while a tile is computed, a little in every turn of its kernel: asked for at once, it would take the places in which what the
/// tile itself needs is waited for.
/// </summary>
internal readonly unsafe struct GemmAhead
{
    /// <summary>Bytes that are asked for in a turn.</summary>
    internal const int BytesPerTurn = 128;

    /// <summary>Steps of the inner dimension that a turn takes.</summary>
    internal const int StepsPerTurn = 2;

    /// <summary>Where it begins; null asks for nothing.</summary>
    internal byte* Next { get; private init; }

    /// <summary>Bytes from what is asked for in one turn to the next turn's.</summary>
    internal nint Turn { get; private init; }

    /// <summary>The first of equal shares of <paramref name="count"/> elements, one a tile.</summary>
    /// <param name="first">The first element.</param>
    /// <param name="count">Elements.</param>
    /// <param name="tiles">Tiles that ask.</param>
    /// <param name="depth">Steps of a tile.</param>
    internal static GemmAhead Of<T>(T* first, nint count, int tiles, int depth)
        where T : unmanaged => new() { Next = (byte*)first, Turn = count * sizeof(T) / ((nint)tiles * Turns(depth)) };

    /// <summary>The share of the tile behind.</summary>
    internal GemmAhead Later(int depth) => Next == null ? this : new() { Next = Next + Turn * Turns(depth), Turn = Turn };

    private static nint Turns(int depth) => Math.Max(1, depth / StepsPerTurn);
}
