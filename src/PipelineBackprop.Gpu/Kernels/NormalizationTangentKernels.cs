using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>The R-operator on layer normalisation and its gradient, eight rows a group, means in float64.</summary>
internal static class NormalizationTangentKernels
{
    internal static void Forward(NormalizationTangents of, int rows, int columns)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes), productLanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        ArrayView<double> sums = SharedMemory.Allocate<double>(GroupSum.Rows), products = SharedMemory.Allocate<double>(GroupSum.Rows);
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i);
            double sum = 0, product = 0;
            for (int j = i % GroupSum.RowLanes; row < rows && j < columns; j += GroupSum.RowLanes)
            {
                double tangent = of.InputTangent[row * columns + j];
                sum += tangent;
                product += tangent * of.Normalized[row * columns + j];
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
            double mean = sums[own] / columns, meanOfProduct = products[own] / columns, inverse = of.Inverse[row];
            if (i % GroupSum.RowLanes == 0) of.InverseTangent[row] = (float)(-inverse * inverse * meanOfProduct);
            for (int j = i % GroupSum.RowLanes; j < columns; j += GroupSum.RowLanes)
            {
                int at = row * columns + j;
                float value = of.Normalized[at], tangent = (float)(inverse * (of.InputTangent[at] - mean - value * meanOfProduct));
                of.NormalizedTangent[at] = tangent;
                of.OutputTangent[at] = tangent * of.Gain[j] + value * of.GainTangent[j] + of.ShiftTangent[j];
            }
        }
    }

    internal static void Backward(NormalizationGradientTangents of, int rows, int columns)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes), productLanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        ArrayView<double> tangentLanes = SharedMemory.Allocate<double>(GroupSum.Lanes), movedLanes = SharedMemory.Allocate<double>(GroupSum.Lanes);
        ArrayView<double> sums = SharedMemory.Allocate<double>(GroupSum.Rows), products = SharedMemory.Allocate<double>(GroupSum.Rows);
        ArrayView<double> tangents = SharedMemory.Allocate<double>(GroupSum.Rows), moved = SharedMemory.Allocate<double>(GroupSum.Rows);
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i);
            double sum = 0, product = 0, tangentSum = 0, movedSum = 0;
            for (int j = i % GroupSum.RowLanes; row < rows && j < columns; j += GroupSum.RowLanes)
            {
                int at = row * columns + j;
                double g = Gradient(of, at, j), tangent = GradientTangent(of, at, j), value = of.Normalized[at];
                sum += g;
                product += g * value;
                tangentSum += tangent;
                movedSum += tangent * value + g * of.NormalizedTangent[at];
            }
            lanes[i] = sum;
            productLanes[i] = product;
            tangentLanes[i] = tangentSum;
            movedLanes[i] = movedSum;
        }
        GroupSum.OfRows(lanes, sums);
        GroupSum.OfRows(productLanes, products);
        GroupSum.OfRows(tangentLanes, tangents);
        GroupSum.OfRows(movedLanes, moved);
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i), own = i / GroupSum.RowLanes;
            if (row >= rows) continue;
            double mean = sums[own] / columns, meanOfProduct = products[own] / columns;
            double meanOfTangent = tangents[own] / columns, meanOfMoved = moved[own] / columns;
            for (int j = i % GroupSum.RowLanes; j < columns; j += GroupSum.RowLanes)
            {
                int at = row * columns + j;
                double value = of.Normalized[at], still = Gradient(of, at, j) - mean - value * meanOfProduct;
                double change = GradientTangent(of, at, j) - meanOfTangent - value * meanOfMoved - of.NormalizedTangent[at] * meanOfProduct;
                of.InputGradientTangent[at] = (float)(of.InverseTangent[row] * still + of.Inverse[row] * change);
            }
        }
    }

    private static double Gradient(NormalizationGradientTangents of, int at, int column) => (double)of.Gradient[at] * of.Gain[column];

    private static double GradientTangent(NormalizationGradientTangents of, int at, int column) =>
        (double)of.GradientTangent[at] * of.Gain[column] + (double)of.Gradient[at] * of.GainTangent[column];
}
