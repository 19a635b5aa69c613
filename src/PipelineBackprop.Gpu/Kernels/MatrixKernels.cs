using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>
/// Matrix products by tiles in shared memory: c = φ(op(a) op(b) + bias), or c += op(a) op(b), where bias and z are touched only as the epilogue says. Each
/// result is summed by one thread in float32 along the inner dimension in order, so it depends neither on the kernel nor on the size of the group.
/// </summary>
internal static class MatrixKernels
{
    /// <summary>With 8 × 8 results a thread, for large products.</summary>
    internal static void ProductBy8(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> z, ArrayView<float> c, ProductLayout layout, LinearEpilogue epilogue)
    {
        const int Quads = 2 * ProductTile.Quads * (8 * ProductTile.MostThreads + Quad.Length);
        ArrayView<Quad> tilesA = SharedMemory.Allocate<Quad>(Quads), tilesB = SharedMemory.Allocate<Quad>(Quads);
        Product<Block8>(a, b, tilesA, tilesB, bias, z, c, layout, epilogue);
    }

    /// <summary>With 4 × 4 results a thread, for small products.</summary>
    internal static void ProductBy4(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> z, ArrayView<float> c, ProductLayout layout, LinearEpilogue epilogue)
    {
        const int Quads = 2 * ProductTile.Quads * (4 * ProductTile.MostThreads + Quad.Length);
        ArrayView<Quad> tilesA = SharedMemory.Allocate<Quad>(Quads), tilesB = SharedMemory.Allocate<Quad>(Quads);
        Product<Block4>(a, b, tilesA, tilesB, bias, z, c, layout, epilogue);
    }

    /// <summary>
    /// The epilogue alone, behind a product of another library: c = φ(c + bias), one thread an element.
    /// </summary>
    internal static void Epilogue(
        Index1D i, ArrayView<float> bias, ArrayView<float> z, ArrayView<float> c, int columns, LinearEpilogue epilogue)
    {
        float sum = c[i];
        if (epilogue.HasBias != 0) sum += bias[i % columns];
        if (epilogue.KeepsZ != 0) z[i] = sum;
        c[i] = ActivationKernels.Apply(sum, epilogue.Kind, epilogue.Slope);
    }

    private static void Product<TBlock>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<Quad> tilesA, ArrayView<Quad> tilesB, ArrayView<float> bias, ArrayView<float> z, ArrayView<float> c,
        ProductLayout layout, LinearEpilogue epilogue)
        where TBlock : unmanaged, IProductBlock<TBlock>
    {
        ProductPlace place = ProductPlace.Own(layout, TBlock.Size);
        TileSource sourceA = TileSource.Of(a, layout.A, layout, TBlock.Size, place.FirstRow, place.Rows);
        TileSource sourceB = TileSource.Of(b, layout.B, layout, TBlock.Size, place.FirstColumn, place.Columns);
        int endA = TileSource.WholeEnd(sourceA), endB = TileSource.WholeEnd(sourceB), wholeEnd = endA < endB ? endA : endB;
        TBlock sums = default;
        sums = Accumulate(sums, sourceA, sourceB, tilesA, tilesB, place, 0, wholeEnd, isWhole: 1);
        sums = Accumulate(sums, sourceA, sourceB, tilesA, tilesB, place, wholeEnd, layout.Inner, isWhole: 0);
        for (int i = 0; i < TBlock.Size * TBlock.Size / Quad.Length; i++)
        {
            int row = i % TBlock.Size, half = i / TBlock.Size;
            ProductResult.Write(
                TBlock.At(sums, row, half),
                place.FirstRow + row / Quad.Length * place.Rows / 2 + place.Y * Quad.Length + row % Quad.Length,
                place.FirstColumn + half * place.Columns / 2 + place.X * Quad.Length,
                bias, z, c, layout, epilogue);
        }
    }

    /// <summary>
    /// The sums over the tiles from start to end. There are two tiles of each operand: while the group computes with one, the next is on its way, and one
    /// barrier a tile is enough. Tiles that are whole (<paramref name="isWhole"/> is 1) and those at an edge never share a loop: a branch between a fetch
    /// and its use would make CUDA wait for the fetch.
    /// </summary>
    private static TBlock Accumulate<TBlock>(
        TBlock sums, TileSource a, TileSource b, ArrayView<Quad> tilesA, ArrayView<Quad> tilesB, ProductPlace place, int start, int end, int isWhole)
        where TBlock : unmanaged, IProductBlock<TBlock>
    {
        if (start >= end) return sums;
        int pitch = TileSource.PitchOf(TBlock.Size), line = pitch / Quad.Length, tile = 0;
        TileSlot slotA = TileSlot.Of(a, Group.IdxX), slotB = TileSlot.Of(b, Group.IdxX);
        Quad nextA = ProductTile.Fetch(a, slotA, start, isWhole), nextB = ProductTile.Fetch(b, slotB, start, isWhole);
        Group.Barrier();
        while (start < end)
        {
            ProductTile.Store(tilesA, tile, a, slotA, nextA);
            ProductTile.Store(tilesB, tile, b, slotB, nextB);
            ProductTile.MoveRest(tilesA, tile, a, start, isWhole);
            ProductTile.MoveRest(tilesB, tile, b, start, isWhole);
            Group.Barrier();

            // Behind the last tile it is fetched once more: cheaper than a branch.
            int ahead = start + ProductTile.Depth < end ? start + ProductTile.Depth : start;
            nextA = ProductTile.Fetch(a, slotA, ahead, isWhole);
            nextB = ProductTile.Fetch(b, slotB, ahead, isWhole);
            ArrayView<Quad> rows = tilesA.SubView(tile / Quad.Length + place.Y), columns = tilesB.SubView(tile / Quad.Length + place.X);
            if (isWhole != 0)
            {
                // Written out, so that the places in shared memory are constants.
                sums = TBlock.MultiplyAdd(sums, rows, columns, 0);
                sums = TBlock.MultiplyAdd(sums, rows, columns, line);
                sums = TBlock.MultiplyAdd(sums, rows, columns, 2 * line);
                sums = TBlock.MultiplyAdd(sums, rows, columns, 3 * line);
                sums = TBlock.MultiplyAdd(sums, rows, columns, 4 * line);
                sums = TBlock.MultiplyAdd(sums, rows, columns, 5 * line);
                sums = TBlock.MultiplyAdd(sums, rows, columns, 6 * line);
                sums = TBlock.MultiplyAdd(sums, rows, columns, 7 * line);
            }
            else
            {
                for (int k = 0; k < ProductTile.Depth; k++) sums = TBlock.MultiplyAdd(sums, rows, columns, k * line);
            }
            tile = ProductTile.Depth * pitch - tile;
            start += ProductTile.Depth;
        }
        return sums;
    }
}
