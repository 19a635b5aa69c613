using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private Kernel<(int Count, Operand<float> Gradient, Operand<float> Velocity, Operand<float> Parameter, SgdConstants Step)>? _sgd;
    private Kernel<(int Count, Operand<float> Gradient, Operand<float> Velocity, Operand<float> Parameter, SgdConstants Step, Operand<float> Numbers)>? _recordedSgd;
    private Kernel<(
        int Count, Operand<float> Gradient, Operand<float> Mean, Operand<float> Variance, Operand<float> Parameter, AdamConstants Step, Operand<float> Numbers)>? _recordedAdam;
    private Kernel<(int Count, Operand<float> Gradient, Operand<float> Mean, Operand<float> Variance, Operand<float> Parameter, AdamConstants Step)>? _adam;

    /// <inheritdoc/>
    public void SgdUpdate(in SgdStep step, DeviceTensor gradient, DeviceTensor? velocity, DeviceTensor parameter)
    {
        if (parameter.ElementCount == 0) return;
        var constants = new SgdConstants(
            (float)step.LearningRate, (float)step.GradientScale, (float)step.CoupledDecay, (float)step.DecoupledDecay,
            (float)step.Momentum, step.Nesterov ? 1 : 0, velocity is null ? 0 : 1);
        if (Numbers is not null)
        {
            UpdateRecorded(constants, gradient, velocity ?? parameter, parameter);
            return;
        }
        if (_sgd is null)
        {
            var sgd = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, SgdConstants>(UpdateKernels.Sgd);
            _sgd = new(Launches, (stream, x) => sgd(stream, x.Count, x.Gradient, x.Velocity, x.Parameter, x.Step));
        }
        _sgd.Launch((parameter.ElementCount, Use(gradient), Use(velocity ?? parameter), Use(parameter), constants));
    }

    /// <inheritdoc/>
    public void AdamUpdate(in AdamStep step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter)
    {
        if (parameter.ElementCount == 0) return;
        var constants = new AdamConstants(
            (float)step.LearningRate, (float)step.GradientScale, (float)step.CoupledDecay, (float)step.DecoupledDecay,
            (float)step.Beta1, (float)(1 - step.Beta1), (float)(1 / (1 - Math.Pow(step.Beta1, step.Step))),
            (float)step.Beta2, (float)(1 - step.Beta2), (float)(1 / (1 - Math.Pow(step.Beta2, step.Step))), (float)step.Epsilon);
        if (Numbers is not null)
        {
            UpdateRecorded(constants, gradient, mean, variance, parameter);
            return;
        }
        if (_adam is null)
        {
            var adam = _accelerator.LoadAutoGroupedKernel<
                Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AdamConstants>(UpdateKernels.Adam);
            _adam = new(Launches, (stream, x) => adam(stream, x.Count, x.Gradient, x.Mean, x.Variance, x.Parameter, x.Step));
        }
        _adam.Launch((parameter.ElementCount, Use(gradient), Use(mean), Use(variance), Use(parameter), constants));
    }

    private void UpdateRecorded(in SgdConstants step, DeviceTensor gradient, DeviceTensor velocity, DeviceTensor parameter)
    {
        if (_recordedSgd is null)
        {
            var sgd = _accelerator.LoadAutoGroupedKernel<
                Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, SgdConstants, ArrayView<float>>(StepKernels.Sgd);
            _recordedSgd = new(Launches, (stream, x) => sgd(stream, x.Count, x.Gradient, x.Velocity, x.Parameter, x.Step, x.Numbers));
        }
        Operand<float> numbers = Numbers!.OfUpdate(step.LearningRate, step.GradientScale);
        SgdConstants lasting = step with { LearningRate = 0, GradientScale = 0 };
        _recordedSgd.Launch((parameter.ElementCount, Use(gradient), Use(velocity), Use(parameter), lasting, numbers));
    }

    private void UpdateRecorded(in AdamConstants step, DeviceTensor gradient, DeviceTensor mean, DeviceTensor variance, DeviceTensor parameter)
    {
        if (_recordedAdam is null)
        {
            var adam = _accelerator.LoadAutoGroupedKernel<
                Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AdamConstants, ArrayView<float>>(StepKernels.Adam);
            _recordedAdam = new(Launches, (stream, x) => adam(stream, x.Count, x.Gradient, x.Mean, x.Variance, x.Parameter, x.Step, x.Numbers));
        }
        Operand<float> numbers = Numbers!.OfUpdate(step.LearningRate, step.GradientScale, step.Correction1, step.Correction2);
        AdamConstants lasting = step with { LearningRate = 0, GradientScale = 0, Correction1 = 0, Correction2 = 0 };
        _recordedAdam.Launch((parameter.ElementCount, Use(gradient), Use(mean), Use(variance), Use(parameter), lasting, numbers));
    }
}
