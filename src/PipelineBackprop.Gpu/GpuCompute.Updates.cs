using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, SgdConstants>? _sgd;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AdamConstants>? _adam;

    /// <inheritdoc/>
    public void SgdUpdate(in SgdStep step, DeviceTensor gradient, DeviceTensor? velocity, DeviceTensor parameter)
    {
        if (parameter.ElementCount == 0) return;
        _sgd ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, SgdConstants>(UpdateKernels.Sgd);
        var constants = new SgdConstants(
            (float)step.LearningRate, (float)step.GradientScale, (float)step.CoupledDecay, (float)step.DecoupledDecay,
            (float)step.Momentum, step.Nesterov ? 1 : 0, velocity is null ? 0 : 1);
        _sgd(parameter.ElementCount, View(gradient), View(velocity ?? parameter), View(parameter), constants);
    }

    /// <inheritdoc/>
    public void AdamUpdate(in AdamStep step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter)
    {
        if (parameter.ElementCount == 0) return;
        _adam ??= _accelerator.LoadAutoGroupedStreamKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AdamConstants>(UpdateKernels.Adam);
        var constants = new AdamConstants(
            (float)step.LearningRate, (float)step.GradientScale, (float)step.CoupledDecay, (float)step.DecoupledDecay,
            (float)step.Beta1, (float)(1 - step.Beta1), (float)(1 / (1 - Math.Pow(step.Beta1, step.Step))),
            (float)step.Beta2, (float)(1 - step.Beta2), (float)(1 / (1 - Math.Pow(step.Beta2, step.Step))), (float)step.Epsilon);
        _adam(parameter.ElementCount, View(gradient), View(mean), View(variance), View(parameter), constants);
    }
}
