using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>A thread's results of a product, in registers: fields, because a kernel has no arrays there.</summary>
internal interface IProductBlock<TSelf>
    where TSelf : unmanaged, IProductBlock<TSelf>
{
    /// <summary>Rows, and columns: 4, or 8 of which the last four lie half a tile behind the first.</summary>
    static abstract int Size { get; }

    /// <summary>
    /// sums + a bᵀ, where the thread's part of a starts at <paramref name="at"/> in <paramref name="rows"/>, that of b in <paramref name="columns"/>.
    /// </summary>
    static abstract TSelf MultiplyAdd(TSelf sums, ArrayView<Quad> rows, ArrayView<Quad> columns, int at);

    /// <summary>Four neighbouring sums of row i: the first four, or with a half of 1 the last.</summary>
    static abstract Quad At(TSelf sums, int i, int half);
}
