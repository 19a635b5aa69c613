using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>The R-operator on the gradients of losses.</summary>
internal static class LossTangentKernels
{
    /// <summary>
    /// rgradient = p ⊙ (ro − pᵀro) · scale, eight rows a group. Tangents are taken from the one of the largest output, which changes nothing but keeps the
    /// digits of a confident row.
    /// </summary>
    internal static void Softmax(ArrayView<float> o, ArrayView<float> ro, ArrayView<float> rgradient, int rows, int columns, float scale)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes), productLanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        ArrayView<double> sums = SharedMemory.Allocate<double>(GroupSum.Rows), products = SharedMemory.Allocate<double>(GroupSum.Rows);
        ArrayView<int> places = SharedMemory.Allocate<int>(GroupSum.Rows);
        for (int own = Group.IdxX; own < GroupSum.Rows; own += Group.DimX)
        {
            int row = Grid.IdxX * GroupSum.Rows + own;
            if (row < rows) places[own] = PlaceOfLargest(o, row * columns, columns);
        }
        Group.Barrier();
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i);
            double sum = 0, product = 0;
            for (int j = i % GroupSum.RowLanes; row < rows && j < columns; j += GroupSum.RowLanes)
            {
                int at = row * columns + j, place = row * columns + places[i / GroupSum.RowLanes];
                float e = DeviceMath.Exp(o[at] - o[place]);
                sum += e;
                product += (double)e * (ro[at] - ro[place]);
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
            double mean = products[own] / sums[own], factor = scale / sums[own];
            for (int j = i % GroupSum.RowLanes; j < columns; j += GroupSum.RowLanes)
            {
                int at = row * columns + j, place = row * columns + places[own];
                rgradient[at] = (float)(DeviceMath.Exp(o[at] - o[place]) * (ro[at] - ro[place] - mean) * factor);
            }
        }
    }

    internal static void Huber(
        Index1D i, ArrayView<float> o, ArrayView<float> y, ArrayView<float> ro, ArrayView<float> rgradient, float delta, float scale)
    {
        float r = o[i] - y[i], magnitude = r < 0 ? -r : r;
        rgradient[i] = magnitude > delta ? 0f : ro[i] * scale; // with whole numbers ILGPU 1.5.3 would convert the comparison itself, wrongly on OpenCL
    }

    private static int PlaceOfLargest(ArrayView<float> o, int start, int columns)
    {
        int place = 0;
        for (int j = 1; j < columns; j++)
        {
            if (o[start + j] > o[start + place]) place = j;
        }
        return place;
    }
}
