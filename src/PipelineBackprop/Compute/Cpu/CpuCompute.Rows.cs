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

    /// <inheritdoc/>
    public void LayerNormalizeTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor rgain, DeviceTensor rshift, DeviceTensor rx,
        DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor ry) =>
        RunRows(ry.Rows, ry.Columns, new LayerNormalizeTangentKernel<T>(
            ry.Columns, Pointer(normalized), Pointer(inverseDeviation), Pointer(gain), Pointer(rgain), Pointer(rshift), Pointer(rx),
            Target(rnormalized), Target(rinverse), Target(ry)));

    /// <inheritdoc/>
    public void LayerNormalizeBackwardTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor gain, DeviceTensor rgain,
        DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx) =>
        RunRows(rdx.Rows, rdx.Columns, new LayerNormalizeBackwardTangentKernel<T>(
            rdx.Columns, Pointer(normalized), Pointer(inverseDeviation), Pointer(rnormalized), Pointer(rinverse), Pointer(gain), Pointer(rgain),
            Pointer(dy), Pointer(rdy), Target(rdx)));
}
