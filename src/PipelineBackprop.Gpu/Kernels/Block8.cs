using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>
/// 8 × 8 results: a number from shared memory serves eight multiplications. Row i is the quads Li, to the left, and Ri. Each half of a tile gives four rows
/// and columns, so that neighbouring threads read neighbouring quads.
/// </summary>
internal struct Block8 : IProductBlock<Block8>
{
    // Quads from a thread's first in a row of a tile to its second.
    private const int Half = ProductTile.MostThreads;

    private Quad _l0, _r0, _l1, _r1, _l2, _r2, _l3, _r3, _l4, _r4, _l5, _r5, _l6, _r6, _l7, _r7;

    public static int Size => 8;

    public static Block8 MultiplyAdd(Block8 sums, ArrayView<Quad> rows, ArrayView<Quad> columns, int at)
    {
        Quad top = rows[at], bottom = rows[at + Half], left = columns[at], right = columns[at + Half];
        sums._l0 = Quad.MultiplyAdd(sums._l0, top.X, left);
        sums._r0 = Quad.MultiplyAdd(sums._r0, top.X, right);
        sums._l1 = Quad.MultiplyAdd(sums._l1, top.Y, left);
        sums._r1 = Quad.MultiplyAdd(sums._r1, top.Y, right);
        sums._l2 = Quad.MultiplyAdd(sums._l2, top.Z, left);
        sums._r2 = Quad.MultiplyAdd(sums._r2, top.Z, right);
        sums._l3 = Quad.MultiplyAdd(sums._l3, top.W, left);
        sums._r3 = Quad.MultiplyAdd(sums._r3, top.W, right);
        sums._l4 = Quad.MultiplyAdd(sums._l4, bottom.X, left);
        sums._r4 = Quad.MultiplyAdd(sums._r4, bottom.X, right);
        sums._l5 = Quad.MultiplyAdd(sums._l5, bottom.Y, left);
        sums._r5 = Quad.MultiplyAdd(sums._r5, bottom.Y, right);
        sums._l6 = Quad.MultiplyAdd(sums._l6, bottom.Z, left);
        sums._r6 = Quad.MultiplyAdd(sums._r6, bottom.Z, right);
        sums._l7 = Quad.MultiplyAdd(sums._l7, bottom.W, left);
        sums._r7 = Quad.MultiplyAdd(sums._r7, bottom.W, right);
        return sums;
    }

    public static Quad At(Block8 sums, int i, int half) => half == 0
        ? i switch { 0 => sums._l0, 1 => sums._l1, 2 => sums._l2, 3 => sums._l3, 4 => sums._l4, 5 => sums._l5, 6 => sums._l6, _ => sums._l7 }
        : i switch { 0 => sums._r0, 1 => sums._r1, 2 => sums._r2, 3 => sums._r3, 4 => sums._r4, 5 => sums._r5, 6 => sums._r6, _ => sums._r7 };
}
