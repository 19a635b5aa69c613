using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;
using LossKernel = PipelineBackprop.Gpu.Launches.Kernel<(
    PipelineBackprop.Gpu.Launches.GroupShape Groups, PipelineBackprop.Gpu.Launches.Operand<float> O, PipelineBackprop.Gpu.Launches.Operand<float> Targets,
    PipelineBackprop.Gpu.Launches.Operand<float> Gradient, PipelineBackprop.Gpu.Launches.Operand<double> RowLosses, PipelineBackprop.Gpu.Kernels.LossShape Shape)>;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private LossKernel? _softmaxCrossEntropy, _halfSquaredError, _binaryCrossEntropy, _huber;
    private Kernel<(GroupShape Shape, Operand<double> Values, int Count, Operand<float> Target, int Slot)>? _sumInto;
    private Kernel<(GroupShape Shape, Operand<float> O, Operand<float> Ro, Operand<float> Rgradient, int Rows, int Columns, Bits Scale)>? _softmaxTangent;
    private Kernel<(int Count, Operand<float> O, Operand<float> Y, Operand<float> Ro, Operand<float> Rgradient, Bits Delta, Bits Scale)>? _huberTangent;

    /// <inheritdoc/>
    public void SoftmaxCrossEntropy(DeviceTensor o, DeviceTensor classes, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        Evaluate(_softmaxCrossEntropy ??= Load(LossKernels.SoftmaxCrossEntropy), o, classes, scale, 0, losses, slot, gradient);

    /// <inheritdoc/>
    public void HalfSquaredError(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        Evaluate(_halfSquaredError ??= Load(LossKernels.HalfSquaredError), o, y, scale, 0, losses, slot, gradient);

    /// <inheritdoc/>
    public void BinaryCrossEntropy(DeviceTensor o, DeviceTensor y, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        Evaluate(_binaryCrossEntropy ??= Load(LossKernels.BinaryCrossEntropy), o, y, scale, 0, losses, slot, gradient);

    /// <inheritdoc/>
    public void Huber(DeviceTensor o, DeviceTensor y, double delta, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        Evaluate(_huber ??= Load(LossKernels.Huber), o, y, scale, delta, losses, slot, gradient);

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyTangent(DeviceTensor o, DeviceTensor ro, double scale, DeviceTensor rgradient)
    {
        if (o.ElementCount == 0) return;
        if (_softmaxTangent is null)
        {
            var tangent = _accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, float>(LossTangentKernels.Softmax);
            _softmaxTangent = new(Launches, (stream, x) => tangent(stream, x.Shape, x.O, x.Ro, x.Rgradient, x.Rows, x.Columns, x.Scale));
        }
        _softmaxTangent.Launch((RowGroups(o), Use(o), Use(ro), Use(rgradient), o.Rows, o.Columns, scale));
    }

    /// <inheritdoc/>
    public void HuberTangent(DeviceTensor o, DeviceTensor y, double delta, DeviceTensor ro, double scale, DeviceTensor rgradient)
    {
        if (o.ElementCount == 0) return;
        if (_huberTangent is null)
        {
            var tangent = _accelerator.LoadAutoGroupedKernel<
                Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float, float>(LossTangentKernels.Huber);
            _huberTangent = new(Launches, (stream, x) => tangent(stream, x.Count, x.O, x.Y, x.Ro, x.Rgradient, x.Delta, x.Scale));
        }
        _huberTangent.Launch((o.ElementCount, Use(o), Use(y), Use(ro), Use(rgradient), delta, scale));
    }

    private LossKernel Load(Action<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<double>, LossShape> kernel)
    {
        var loss = _accelerator.LoadKernel(kernel);
        return new(Launches, (stream, x) => loss(stream, x.Groups, x.O, x.Targets, x.Gradient, x.RowLosses, x.Shape));
    }

    private void Evaluate(
        LossKernel kernel, DeviceTensor o, DeviceTensor targets, double scale, double delta, DeviceTensor losses, int slot, DeviceTensor? gradient)
    {
        // With no rows the sum over no scratch is 0.
        Operand<double> rowLosses = Scratch(Math.Max(o.Rows, 1));
        if (o.ElementCount > 0)
        {
            var shape = new LossShape(o.Rows, o.Columns, (float)scale, gradient is null ? 0 : 1, (float)delta);
            kernel.Launch((RowGroups(o), Use(o), Use(targets), Use(gradient ?? o), rowLosses, shape));
        }
        if (_sumInto is null)
        {
            var sum = _accelerator.LoadKernel<ArrayView<double>, int, ArrayView<float>, int>(ReductionKernels.SumInto);
            _sumInto = new(Launches, (stream, x) => sum(stream, x.Shape, x.Values, x.Count, x.Target, x.Slot));
        }
        _sumInto.Launch((new GroupShape(1, GroupSize), rowLosses, o.ElementCount > 0 ? o.Rows : 0, Use(losses), slot));
    }
}
