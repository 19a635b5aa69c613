using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Layer normalisation, eight rows a group, means in float64.</summary>
internal static class NormalizationKernels
{
    internal static void Forward(
        ArrayView<float> x, ArrayView<float> gain, ArrayView<float> shift,
        ArrayView<float> normalized, ArrayView<float> inverseDeviation, ArrayView<float> y, int rows, int columns, double epsilon)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        ArrayView<double> means = SharedMemory.Allocate<double>(GroupSum.Rows), squares = SharedMemory.Allocate<double>(GroupSum.Rows);
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i);
            double sum = 0;
            for (int j = i % GroupSum.RowLanes; row < rows && j < columns; j += GroupSum.RowLanes) sum += x[row * columns + j];
            lanes[i] = sum;
        }
        GroupSum.OfRows(lanes, means);
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i);
            double mean = means[i / GroupSum.RowLanes] / columns, sum = 0;
            for (int j = i % GroupSum.RowLanes; row < rows && j < columns; j += GroupSum.RowLanes)
            {
                double difference = x[row * columns + j] - mean;
                sum += difference * difference;
            }
            lanes[i] = sum;
        }
        GroupSum.OfRows(lanes, squares);
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i), own = i / GroupSum.RowLanes;
            if (row >= rows) continue;
            double mean = means[own] / columns, inverse = 1 / Math.Sqrt(squares[own] / columns + epsilon);
            if (i % GroupSum.RowLanes == 0) inverseDeviation[row] = (float)inverse;
            for (int j = i % GroupSum.RowLanes; j < columns; j += GroupSum.RowLanes)
            {
                float value = (float)((x[row * columns + j] - mean) * inverse);
                normalized[row * columns + j] = value;
                y[row * columns + j] = value * gain[j] + shift[j];
            }
        }
    }

    internal static void Backward(
        ArrayView<float> normalized, ArrayView<float> inverseDeviation, ArrayView<float> gain,
        ArrayView<float> dy, ArrayView<float> dx, int rows, int columns)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes), productLanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        ArrayView<double> sums = SharedMemory.Allocate<double>(GroupSum.Rows), products = SharedMemory.Allocate<double>(GroupSum.Rows);
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i);
            double sum = 0, product = 0;
            for (int j = i % GroupSum.RowLanes; row < rows && j < columns; j += GroupSum.RowLanes)
            {
                double g = (double)dy[row * columns + j] * gain[j];
                sum += g;
                product += g * normalized[row * columns + j];
            }
            lanes[i] = sum;
            productLanes[i] = product;
        }
        GroupSum.OfRows(lanes, sums);
        GroupSum.OfRows(productLanes, products);
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i), own = i / GroupSum.RowLanes;
            if (row >= rows) continue;
            double mean = sums[own] / columns, meanOfProduct = products[own] / columns;
            for (int j = i % GroupSum.RowLanes; j < columns; j += GroupSum.RowLanes)
            {
                double g = (double)dy[row * columns + j] * gain[j];
                dx[row * columns + j] = (float)(inverseDeviation[row] * (g - mean - normalized[row * columns + j] * meanOfProduct));
            }
        }
    }
}
