using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>4 × 4 results: a small product keeps four times as many threads busy.</summary>
internal struct Block4 : IProductBlock<Block4>
{
    private Quad _0, _1, _2, _3;

    public static int Size => 4;

    public static Block4 MultiplyAdd(Block4 sums, ArrayView<Quad> rows, ArrayView<Quad> columns, int at)
    {
        Quad own = rows[at], other = columns[at];
        sums._0 = Quad.MultiplyAdd(sums._0, own.X, other);
        sums._1 = Quad.MultiplyAdd(sums._1, own.Y, other);
        sums._2 = Quad.MultiplyAdd(sums._2, own.Z, other);
        sums._3 = Quad.MultiplyAdd(sums._3, own.W, other);
        return sums;
    }

    public static Quad At(Block4 sums, int i, int half) => i switch { 0 => sums._0, 1 => sums._1, 2 => sums._2, _ => sums._3 };
}
