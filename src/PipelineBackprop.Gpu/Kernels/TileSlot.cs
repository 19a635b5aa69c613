namespace PipelineBackprop.Gpu.Kernels;

/// <summary>One quad that a thread moves from an operand into the tiles of a group, a tile after the other.</summary>
/// <param name="Line">The quad's line, its first where it goes across lines.</param>
/// <param name="K">Its place along the sum, the first where it follows a line, counted from the start of a tile.</param>
/// <param name="At">Where it lies in the operand, for the tile at the start of the sum.</param>
/// <param name="Place">Where it goes in a tile.</param>
internal readonly record struct TileSlot(int Line, int K, int At, int Place)
{
    /// <summary>
    /// The slot of a tile's i-th quad, in an order in which neighbouring threads read neighbouring memory. Behind the last it starts again: a thread without
    /// a quad of its own moves the same as another.
    /// </summary>
    internal static TileSlot Of(TileSource source, int i)
    {
        ProductOperand operand = source.Operand;
        int quads = source.Lines / Quad.Length;
        i %= source.Lines * ProductTile.Quads;
        int own = operand.AcrossLines != 0 ? i % quads * Quad.Length : i / ProductTile.Quads;
        int k = operand.AcrossLines != 0 ? i / quads : i % ProductTile.Quads * Quad.Length;
        int line = source.First + own;
        return new TileSlot(
            line,
            k,
            operand.AcrossLines != 0 ? k * operand.Stride + line : line * operand.Stride + k,
            k * source.Pitch + (own < source.Lines / 2 ? own : own + source.Jump));
    }
}
