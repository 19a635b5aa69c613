using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>The lines of an operand from which a group makes its tiles, and how it lays them out.</summary>
/// <param name="Numbers">The operand.</param>
/// <param name="Operand">How it lies in memory.</param>
/// <param name="Inner">Length of its lines.</param>
/// <param name="Precision">What its numbers are rounded to: the number of the product precision.</param>
/// <param name="First">The first line of the tile.</param>
/// <param name="Lines">Lines of the tile.</param>
/// <param name="Pitch">Numbers from row to row of the tile.</param>
/// <param name="Jump">How much further the second half of the lines lies than behind the first.</param>
internal readonly record struct TileSource(
    ArrayView<float> Numbers, ProductOperand Operand, int Inner, int Precision, int First, int Lines, int Pitch, int Jump)
{
    // Rows of a tile are this much longer than its widest: a whole quad, and such that storing along the depth meets different banks.
    private const int Gap = Quad.Length;

    /// <summary>The source for blocks of that size. Where the rows and halves of a tile start does not depend on the size of the group.</summary>
    internal static TileSource Of(ArrayView<float> numbers, ProductOperand operand, ProductLayout layout, int block, int first, int lines) =>
        new(numbers, operand, layout.Inner, layout.Precision, first, lines, PitchOf(block), block == Quad.Length ? 0 : (block * ProductTile.MostThreads - lines) / 2);

    /// <summary>Numbers from row to row of a tile for blocks of that size.</summary>
    internal static int PitchOf(int block) => block * ProductTile.MostThreads + Gap;

    /// <summary>
    /// Where along the sum the tiles end that are read a quad at a time: 0 where the operand's lines end in the tile, or a quad may not start at a multiple
    /// of one.
    /// </summary>
    internal static int WholeEnd(TileSource source) =>
        source.Operand.Stride % Quad.Length == 0 && source.First + source.Lines <= source.Operand.Lines ? source.Inner / ProductTile.Depth * ProductTile.Depth : 0;
}
