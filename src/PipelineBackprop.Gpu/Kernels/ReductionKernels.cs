using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Sums in float64 in an order that depends on the lengths only, never on the size of a group.</summary>
internal static class ReductionKernels
{
    /// <summary>Columns of one group of a column sum.</summary>
    internal const int GroupColumns = 32;

    // A group's lanes for each of its columns.
    private const int RowLanes = 8;

    /// <summary>target[column] = sum of the rows; a group takes 32 columns, and 8 lanes share the rows of each.</summary>
    internal static void SumRows(ArrayView<float> x, ArrayView<float> target, int rows, int columns, int accumulate)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupColumns * RowLanes);
        for (int i = Group.IdxX; i < GroupColumns * RowLanes; i += Group.DimX)
        {
            int column = Grid.IdxX * GroupColumns + i % GroupColumns;
            double sum = 0;
            if (column < columns)
                for (int row = i / GroupColumns; row < rows; row += RowLanes) sum += x[row * columns + column];
            lanes[i] = sum;
        }
        WriteColumns(lanes, target, columns, accumulate);
    }

    /// <summary>target[column] = sum over the rows of a ⊙ b, shared out as in <see cref="SumRows"/>.</summary>
    internal static void SumRowsOfProduct(ArrayView<float> a, ArrayView<float> b, ArrayView<float> target, int rows, int columns, int accumulate)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupColumns * RowLanes);
        for (int i = Group.IdxX; i < GroupColumns * RowLanes; i += Group.DimX)
        {
            int column = Grid.IdxX * GroupColumns + i % GroupColumns;
            double sum = 0;
            if (column < columns)
                for (int row = i / GroupColumns; row < rows; row += RowLanes) sum += (double)a[row * columns + column] * b[row * columns + column];
            lanes[i] = sum;
        }
        WriteColumns(lanes, target, columns, accumulate);
    }

    /// <summary>target[slot] = the sum of the first <paramref name="count"/> values, by one group.</summary>
    internal static void SumInto(ArrayView<double> values, int count, ArrayView<float> target, int slot)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        double sum = Gather(values, count, lanes);
        if (Group.IdxX == 0) target[slot] = (float)sum;
    }

    /// <summary>totals[slot] = the sum of the first <paramref name="count"/> partial sums, by one group.</summary>
    internal static void SumPartials(ArrayView<double> partials, int count, ArrayView<double> totals, int slot)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        double sum = Gather(partials, count, lanes);
        if (Group.IdxX == 0) totals[slot] = sum;
    }

    /// <summary>partials[group] = Σ x² over the elements of the group's lanes.</summary>
    internal static void SumOfSquares(ArrayView<float> x, int count, ArrayView<double> partials)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        long stride = (long)Grid.DimX * GroupSum.Lanes;
        for (int lane = Group.IdxX; lane < GroupSum.Lanes; lane += Group.DimX)
        {
            double sum = 0;
            for (long i = (long)Grid.IdxX * GroupSum.Lanes + lane; i < count; i += stride) sum += (double)x[i] * x[i];
            lanes[lane] = sum;
        }
        double total = GroupSum.OfBlock(lanes);
        if (Group.IdxX == 0) partials[Grid.IdxX] = total;
    }

    /// <summary>found[slot] = 1 where an element is NaN or infinite, else as it was. Whoever finds one writes the same.</summary>
    internal static void FlagNonFinite(Index1D i, ArrayView<float> x, ArrayView<int> found, int slot)
    {
        if ((Interop.FloatAsInt(x[i]) & 0x7F800000) == 0x7F800000) found[slot] = 1;
    }

    private static double Gather(ArrayView<double> values, int count, ArrayView<double> lanes)
    {
        for (int lane = Group.IdxX; lane < GroupSum.Lanes; lane += Group.DimX)
        {
            double sum = 0;
            for (int i = lane; i < count; i += GroupSum.Lanes) sum += values[i];
            lanes[lane] = sum;
        }
        return GroupSum.OfBlock(lanes);
    }

    private static void WriteColumns(ArrayView<double> lanes, ArrayView<float> target, int columns, int accumulate)
    {
        Group.Barrier();
        for (int i = Group.IdxX; i < GroupColumns; i += Group.DimX)
        {
            int column = Grid.IdxX * GroupColumns + i;
            if (column >= columns) continue;
            double sum = accumulate != 0 ? target[column] : 0;
            for (int lane = 0; lane < RowLanes; lane++) sum += lanes[lane * GroupColumns + i];
            target[column] = (float)sum;
        }
    }
}
