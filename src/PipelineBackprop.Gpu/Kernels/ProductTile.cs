using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>
/// Tiles of a product's operands in shared memory, [depth, lines]: a thread first fetches its quad of the next tile into registers, and stores it when the
/// group has computed with the tile before. Outside the operands there are zeros.
/// </summary>
internal static class ProductTile
{
    /// <summary>Steps of the sum that a tile holds.</summary>
    internal const int Depth = 8;

    /// <summary>Quads along the depth of a tile.</summary>
    internal const int Quads = Depth / Quad.Length;

    /// <summary>Threads of a group in each direction, at most.</summary>
    internal const int MostThreads = 16;

    /// <summary>The slot's quad of the tile that starts at <paramref name="start"/>; <paramref name="isWhole"/> is 1 before the whole tiles end.</summary>
    internal static Quad Fetch(TileSource source, TileSlot slot, int start, int isWhole)
    {
        ProductOperand operand = source.Operand;
        int at = slot.At + start * (operand.AcrossLines != 0 ? operand.Stride : 1);
        if (isWhole != 0) return source.Numbers.Cast<Quad>()[at / Quad.Length];
        int k = start + slot.K, left = operand.AcrossLines != 0 ? operand.Lines - slot.Line : source.Inner - k;
        return Edge(source.Numbers, at, k < source.Inner && slot.Line < operand.Lines ? left : 0);
    }

    /// <summary>Puts the slot's quad into the tile at <paramref name="tile"/>, rounded to the product's precision.</summary>
    internal static void Store(ArrayView<Quad> tiles, int tile, TileSource source, TileSlot slot, Quad quad)
    {
        if (source.Precision != 0) quad = Rounding.Round(quad, source.Precision);
        int place = tile + slot.Place;
        if (source.Operand.AcrossLines != 0)
        {
            tiles[place / Quad.Length] = quad;
            return;
        }
        ArrayView<float> numbers = tiles.Cast<float>();
        numbers[place] = quad.X;
        numbers[place + source.Pitch] = quad.Y;
        numbers[place + 2 * source.Pitch] = quad.Z;
        numbers[place + 3 * source.Pitch] = quad.W;
    }

    /// <summary>Moves the quads behind each thread's first: small groups have more than one a thread.</summary>
    internal static void MoveRest(ArrayView<Quad> tiles, int tile, TileSource source, int start, int isWhole)
    {
        for (int i = Group.IdxX + Group.DimX; i < source.Lines * Quads; i += Group.DimX)
        {
            TileSlot slot = TileSlot.Of(source, i);
            Store(tiles, tile, source, slot, Fetch(source, slot, start, isWhole));
        }
    }

    /// <summary>The first of four neighbouring numbers, as many as are <paramref name="left"/>, and zeros behind them.</summary>
    internal static Quad Edge(ArrayView<float> source, int at, int left) => new(
        left > 0 ? source[at] : 0,
        left > 1 ? source[at + 1] : 0,
        left > 2 ? source[at + 2] : 0,
        left > 3 ? source[at + 3] : 0);
}
