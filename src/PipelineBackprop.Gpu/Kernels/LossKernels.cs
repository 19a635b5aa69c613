using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Losses and their gradients, one thread a row; the losses of the rows go to float64 scratch and are summed by another kernel.</summary>
internal static class LossKernels
{
    internal static void SoftmaxCrossEntropy(
        Index1D row, ArrayView<float> o, ArrayView<float> classes, ArrayView<float> gradient, ArrayView<double> rowLosses, LossShape shape)
    {
        int start = row * shape.Columns, best = 0;
        float largest = o[start];
        for (int j = 1; j < shape.Columns; j++)
        {
            if (o[start + j] > largest)
            {
                largest = o[start + j];
                best = j;
            }
        }

        // The largest term of the sum is 1: kept apart, so that a confident row does not lose its small loss.
        double rest = 0;
        for (int j = 0; j < shape.Columns; j++)
        {
            if (j != best) rest += DeviceMath.Exp(o[start + j] - largest);
        }

        // A class out of range gives NaN rather than a read outside the row.
        float target = classes[row];
        bool known = target >= 0 && target < shape.Columns;
        int index = known ? (int)target : 0;
        float picked = known ? o[start + index] : float.NaN;
        rowLosses[row] = (double)DeviceMath.LogOnePlus((float)rest) + ((double)largest - picked);
        if (shape.HasGradient == 0) return;
        float inverse = (float)(1 / (1 + rest));
        for (int j = 0; j < shape.Columns; j++)
        {
            float p = DeviceMath.Exp(o[start + j] - largest) * inverse;
            gradient[start + j] = (j == index ? p - 1 : p) * shape.Scale;
        }
    }

    internal static void HalfSquaredError(
        Index1D row, ArrayView<float> o, ArrayView<float> y, ArrayView<float> gradient, ArrayView<double> rowLosses, LossShape shape)
    {
        int start = row * shape.Columns;
        double sum = 0;
        for (int i = start; i < start + shape.Columns; i++)
        {
            float r = o[i] - y[i];
            sum += (double)r * r;
            if (shape.HasGradient != 0) gradient[i] = r * shape.Scale;
        }
        rowLosses[row] = 0.5 * sum;
    }

    internal static void BinaryCrossEntropy(
        Index1D row, ArrayView<float> o, ArrayView<float> y, ArrayView<float> gradient, ArrayView<double> rowLosses, LossShape shape)
    {
        int start = row * shape.Columns;
        double sum = 0;
        for (int i = start; i < start + shape.Columns; i++)
        {
            float logit = o[i], magnitude = logit < 0 ? -logit : logit;
            sum += (double)(logit < 0 ? 0 : logit) - (double)logit * y[i] + DeviceMath.LogOnePlus(DeviceMath.Exp(-magnitude));
            if (shape.HasGradient != 0) gradient[i] = (DeviceMath.Sigmoid(logit) - y[i]) * shape.Scale;
        }
        rowLosses[row] = sum;
    }

    internal static void Huber(
        Index1D row, ArrayView<float> o, ArrayView<float> y, ArrayView<float> gradient, ArrayView<double> rowLosses, LossShape shape)
    {
        int start = row * shape.Columns;
        double sum = 0;
        for (int i = start; i < start + shape.Columns; i++)
        {
            float r = o[i] - y[i], magnitude = r < 0 ? -r : r;
            sum += magnitude > shape.Delta ? shape.Delta * ((double)magnitude - 0.5 * shape.Delta) : 0.5 * ((double)r * r);
            if (shape.HasGradient != 0) gradient[i] = (r > shape.Delta ? shape.Delta : r < -shape.Delta ? -shape.Delta : r) * shape.Scale;
        }
        rowLosses[row] = sum;
    }
}
