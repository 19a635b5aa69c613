using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    /// <inheritdoc/>
    public void LayerNormalize(
        DeviceTensor x, DeviceTensor gain, DeviceTensor shift, double epsilon,
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor y) =>
        RunRows(x.Rows, x.Columns, new LayerNormalizeKernel<T>(
            x.Columns, epsilon, Pointer(x), Pointer(gain), Pointer(shift), Target(normalized), Target(inverseDeviation), Target(y)));

    /// <inheritdoc/>
    public void LayerNormalizeBackward(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor dy, DeviceTensor dx) =>
        RunRows(dy.Rows, dy.Columns, new LayerNormalizeBackwardKernel<T>(
            dy.Columns, Pointer(normalized), Pointer(inverseDeviation), Pointer(gain), Pointer(dy), Target(dx)));
}
