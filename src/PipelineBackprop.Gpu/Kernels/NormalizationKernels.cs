using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Layer normalisation, one thread a row, means in float64.</summary>
internal static class NormalizationKernels
{
    internal static void Forward(
        Index1D row, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> shift,
        ArrayView<float> normalized, ArrayView<float> inverseDeviation, ArrayView<float> y, int columns, double epsilon)
    {
        int start = row * columns;
        double mean = 0, variance = 0;
        for (int j = 0; j < columns; j++) mean += x[start + j];
        mean /= columns;
        for (int j = 0; j < columns; j++)
        {
            double difference = x[start + j] - mean;
            variance += difference * difference;
        }
        double inverse = 1 / Math.Sqrt(variance / columns + epsilon);
        inverseDeviation[row] = (float)inverse;
        for (int j = 0; j < columns; j++)
        {
            float value = (float)((x[start + j] - mean) * inverse);
            normalized[start + j] = value;
            y[start + j] = value * gain[j] + shift[j];
        }
    }

    internal static void Backward(
        Index1D row, ArrayView<float> normalized, ArrayView<float> inverseDeviation, ArrayView<float> gain,
        ArrayView<float> dy, ArrayView<float> dx, int columns)
    {
        int start = row * columns;
        double mean = 0, meanOfProduct = 0;
        for (int j = 0; j < columns; j++)
        {
            double g = (double)dy[start + j] * gain[j];
            mean += g;
            meanOfProduct += g * normalized[start + j];
        }
        mean /= columns;
        meanOfProduct /= columns;
        for (int j = 0; j < columns; j++)
        {
            double g = (double)dy[start + j] * gain[j];
            dx[start + j] = (float)(inverseDeviation[row] * (g - mean - normalized[start + j] * meanOfProduct));
        }
    }
}
