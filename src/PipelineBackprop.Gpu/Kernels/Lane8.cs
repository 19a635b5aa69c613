using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Eight columns of one row of a product, held in registers: fields, because a kernel has no arrays in registers.</summary>
internal struct Lane8
{
    internal float X0, X1, X2, X3, X4, X5, X6, X7;

    /// <summary>Eight values of a tile's row, <paramref name="step"/> apart.</summary>
    internal static Lane8 Read(ArrayView<float> tile, int first, int step)
    {
        Lane8 lane;
        lane.X0 = tile[first];
        lane.X1 = tile[first + step];
        lane.X2 = tile[first + 2 * step];
        lane.X3 = tile[first + 3 * step];
        lane.X4 = tile[first + 4 * step];
        lane.X5 = tile[first + 5 * step];
        lane.X6 = tile[first + 6 * step];
        lane.X7 = tile[first + 7 * step];
        return lane;
    }

    /// <summary>sum + a · b.</summary>
    internal static Lane8 MultiplyAdd(Lane8 sum, float a, Lane8 b)
    {
        sum.X0 += a * b.X0;
        sum.X1 += a * b.X1;
        sum.X2 += a * b.X2;
        sum.X3 += a * b.X3;
        sum.X4 += a * b.X4;
        sum.X5 += a * b.X5;
        sum.X6 += a * b.X6;
        sum.X7 += a * b.X7;
        return sum;
    }

    /// <summary>The i-th value, 0 to 7.</summary>
    internal readonly float At(int i) => i switch { 0 => X0, 1 => X1, 2 => X2, 3 => X3, 4 => X4, 5 => X5, 6 => X6, _ => X7 };
}
