using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>
/// Matrix products by tiles in shared memory, 8 × 8 results a thread in registers. A group of any size computes a tile of (8 · threads down) × (8 · threads
/// across); each result is summed in float32 along the inner dimension in order, so it does not depend on the size of the group.
/// </summary>
internal static class MatrixKernels
{
    /// <summary>Results of a thread in each direction.</summary>
    internal const int Block = 8;

    /// <summary>Threads of a group in each direction, at most.</summary>
    internal const int MostThreads = 16;

    // Steps of the sum that lie in shared memory at a time, and the shift that divides by them.
    private const int Depth = 16, DepthShift = 4;

    // Rows of a tile are this much longer than its width, so that storing along the depth meets different banks.
    private const int Gap = 4;

    private const int TileSize = (Block * MostThreads + Gap) * Depth;

    /// <summary>
    /// c = φ(op(a) op(b) + bias), or c += op(a) op(b); <paramref name="bias"/> and <paramref name="z"/> are touched only where the epilogue says so.
    /// </summary>
    internal static void Product(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> z, ArrayView<float> c, ProductLayout layout, LinearEpilogue epilogue)
    {
        ArrayView<float> tileA = SharedMemory.Allocate<float>(TileSize), tileB = SharedMemory.Allocate<float>(TileSize);
        int across = layout.ThreadsAcross, down = Group.DimX / across;
        int tileRows = Block * down, tileColumns = Block * across;
        int tilesAcross = (layout.Columns + tileColumns - 1) / tileColumns;
        int firstRow = Grid.IdxX / tilesAcross * tileRows, firstColumn = Grid.IdxX % tilesAcross * tileColumns;
        int x = Group.IdxX % across, y = Group.IdxX / across;
        int strideA = tileRows + Gap, strideB = tileColumns + Gap;

        Lane8 s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int start = 0; start < layout.Inner; start += Depth)
        {
            int left = layout.Inner - start;
            Load(a, tileA, tileRows, strideA, layout.Rows - firstRow, left, firstRow * layout.ARow + start * layout.AInner, layout.ARow, layout.AInner, layout.Precision);
            Load(b, tileB, tileColumns, strideB, layout.Columns - firstColumn, left, firstColumn * layout.BColumn + start * layout.BInner, layout.BColumn, layout.BInner, layout.Precision);
            Group.Barrier();
            for (int k = 0; k < Depth; k++)
            {
                Lane8 lane = Lane8.Read(tileB, k * strideB + x, across);
                int row = k * strideA + y;
                s0 = Lane8.MultiplyAdd(s0, tileA[row], lane);
                s1 = Lane8.MultiplyAdd(s1, tileA[row + down], lane);
                s2 = Lane8.MultiplyAdd(s2, tileA[row + 2 * down], lane);
                s3 = Lane8.MultiplyAdd(s3, tileA[row + 3 * down], lane);
                s4 = Lane8.MultiplyAdd(s4, tileA[row + 4 * down], lane);
                s5 = Lane8.MultiplyAdd(s5, tileA[row + 5 * down], lane);
                s6 = Lane8.MultiplyAdd(s6, tileA[row + 6 * down], lane);
                s7 = Lane8.MultiplyAdd(s7, tileA[row + 7 * down], lane);
            }
            Group.Barrier();
        }
        for (int i = 0; i < Block; i++)
        {
            int row = firstRow + y + i * down;
            Lane8 sums = i switch { 0 => s0, 1 => s1, 2 => s2, 3 => s3, 4 => s4, 5 => s5, 6 => s6, _ => s7 };
            for (int j = 0; j < Block; j++) Write(sums.At(j), row, firstColumn + x + j * across, bias, z, c, layout, epilogue);
        }
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

    // tile[k, line] = source[first + line · lineStep + k · innerStep], 0 outside; neighbouring threads read neighbouring elements, whatever the layout.
    private static void Load(
        ArrayView<float> source, ArrayView<float> tile, int lines, int stride, int linesLeft, int innerLeft, int first, int lineStep, int innerStep,
        int precision)
    {
        for (int i = Group.IdxX; i < lines * Depth; i += Group.DimX)
        {
            int k = innerStep == 1 ? i & (Depth - 1) : i / lines;
            int line = innerStep == 1 ? i >> DepthShift : i % lines;
            tile[k * stride + line] = line < linesLeft && k < innerLeft ? Rounding.Round(source[first + line * lineStep + k * innerStep], precision) : 0;
        }
    }

    private static void Write(
        float sum, int row, int column, ArrayView<float> bias, ArrayView<float> z, ArrayView<float> c, ProductLayout layout, LinearEpilogue epilogue)
    {
        if (row >= layout.Rows || column >= layout.Columns) return;
        int i = row * layout.Columns + column;
        if (epilogue.Accumulates != 0) sum += c[i];
        if (epilogue.HasBias != 0) sum += bias[column];
        if (epilogue.KeepsZ != 0) z[i] = sum;
        c[i] = ActivationKernels.Apply(sum, epilogue.Kind, epilogue.Slope);
    }
}
