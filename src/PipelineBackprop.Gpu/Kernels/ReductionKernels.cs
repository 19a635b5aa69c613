using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Sums in float64 in an order that depends on the lengths only, never on the size of a group.</summary>
internal static class ReductionKernels
{
    /// <summary>target[column] = sum of the rows, one thread a column.</summary>
    internal static void SumRows(Index1D column, ArrayView<float> x, ArrayView<float> target, int rows, int columns, int accumulate)
    {
        double sum = accumulate != 0 ? target[column] : 0;
        for (int row = 0; row < rows; row++) sum += x[row * columns + column];
        target[column] = (float)sum;
    }

    /// <summary>target[column] = sum over the rows of a ⊙ b, one thread a column.</summary>
    internal static void SumRowsOfProduct(
        Index1D column, ArrayView<float> a, ArrayView<float> b, ArrayView<float> target, int rows, int columns, int accumulate)
    {
        double sum = accumulate != 0 ? target[column] : 0;
        for (int row = 0; row < rows; row++) sum += (double)a[row * columns + column] * b[row * columns + column];
        target[column] = (float)sum;
    }

    /// <summary>target[slot] = the sum of the first <paramref name="count"/> values, by one thread.</summary>
    internal static void SumInOrder(Index1D _, ArrayView<double> values, int count, ArrayView<float> target, int slot)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += values[i];
        target[slot] = (float)sum;
    }

    /// <summary>partial[t] = Σ x² over the elements t, t + stride, t + 2 stride and so on.</summary>
    internal static void SumOfSquares(Index1D t, ArrayView<float> x, ArrayView<double> partial, int count, int stride)
    {
        double sum = 0;
        for (long i = t; i < count; i += stride) sum += (double)x[i] * x[i];
        partial[t] = sum;
    }

    /// <summary>partial[t] = how many of the elements t, t + stride, t + 2 stride and so on are NaN or infinite.</summary>
    internal static void CountNonFinite(Index1D t, ArrayView<float> x, ArrayView<double> partial, int count, int stride)
    {
        int found = 0;
        for (long i = t; i < count; i += stride)
        {
            if ((Interop.FloatAsInt(x[i]) & 0x7F800000) == 0x7F800000) found++;
        }
        partial[t] = found;
    }
}
