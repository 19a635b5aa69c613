using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;
using LossKernel = System.Action<
    ILGPU.KernelConfig, ILGPU.ArrayView<float>, ILGPU.ArrayView<float>, ILGPU.ArrayView<float>, ILGPU.ArrayView<double>, PipelineBackprop.Gpu.Kernels.LossShape>;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private LossKernel? _softmaxCrossEntropy, _halfSquaredError, _binaryCrossEntropy, _huber;
    private Action<KernelConfig, ArrayView<double>, int, ArrayView<float>, int>? _sumInto;
    private Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, float>? _softmaxTangent;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float, float>? _huberTangent;

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
        _softmaxTangent ??= _accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, float>(LossTangentKernels.Softmax);
        _softmaxTangent(RowGroups(o), View(o), View(ro), View(rgradient), o.Rows, o.Columns, (float)scale);
    }

    /// <inheritdoc/>
    public void HuberTangent(DeviceTensor o, DeviceTensor y, double delta, DeviceTensor ro, double scale, DeviceTensor rgradient)
    {
        if (o.ElementCount == 0) return;
        _huberTangent ??= _accelerator.LoadAutoGroupedStreamKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float, float>(LossTangentKernels.Huber);
        _huberTangent(o.ElementCount, View(o), View(y), View(ro), View(rgradient), (float)delta, (float)scale);
    }

    private LossKernel Load(Action<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<double>, LossShape> kernel) =>
        _accelerator.LoadStreamKernel(kernel);

    private void Evaluate(
        LossKernel kernel, DeviceTensor o, DeviceTensor targets, double scale, double delta, DeviceTensor losses, int slot, DeviceTensor? gradient)
    {
        // With no rows the sum over no scratch is 0.
        ArrayView<double> rowLosses = Scratch(Math.Max(o.Rows, 1));
        if (o.ElementCount > 0)
        {
            var shape = new LossShape(o.Rows, o.Columns, (float)scale, gradient is null ? 0 : 1, (float)delta);
            kernel(RowGroups(o), View(o), View(targets), View(gradient ?? o), rowLosses, shape);
        }
        _sumInto ??= _accelerator.LoadStreamKernel<ArrayView<double>, int, ArrayView<float>, int>(ReductionKernels.SumInto);
        _sumInto(new KernelConfig(1, GroupSize), rowLosses, o.ElementCount > 0 ? o.Rows : 0, View(losses), slot);
    }
}
