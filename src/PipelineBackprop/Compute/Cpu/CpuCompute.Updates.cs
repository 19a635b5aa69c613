using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

internal sealed unsafe partial class CpuCompute<T>
{
    /// <inheritdoc/>
    public void SgdUpdate(in SgdStep step, DeviceTensor gradient, DeviceTensor? velocity, DeviceTensor parameter) =>
        Run(parameter.ElementCount, new SgdKernel<T>(step, Pointer(gradient), PointerOrNull(velocity), Pointer(parameter)));

    /// <inheritdoc/>
    public void AdamUpdate(in AdamStep step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter) =>
        Run(parameter.ElementCount, new AdamKernel<T>(step, Pointer(gradient), Pointer(mean), Pointer(variance), Pointer(parameter)));
}
