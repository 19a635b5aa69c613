using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;
using LossKernel = System.Action<
    ILGPU.Index1D, ILGPU.ArrayView<float>, ILGPU.ArrayView<float>, ILGPU.ArrayView<float>, ILGPU.ArrayView<double>, PipelineBackprop.Gpu.Kernels.LossShape>;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private LossKernel? _softmaxCrossEntropy, _halfSquaredError, _binaryCrossEntropy, _huber;
    private Action<Index1D, ArrayView<double>, int, ArrayView<float>, int>? _sumInOrder;

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

    private LossKernel Load(LossKernel kernel) =>
        _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<double>, LossShape>(kernel);

    private void Evaluate(
        LossKernel kernel, DeviceTensor o, DeviceTensor targets, double scale, double delta, DeviceTensor losses, int slot, DeviceTensor? gradient)
    {
        // The sum is one thread that walks through scratch: with no rows it writes 0.
        ArrayView<double> rowLosses = Scratch(Math.Max(o.Rows, 1));
        if (o.ElementCount > 0)
        {
            var shape = new LossShape(o.Columns, (float)scale, gradient is null ? 0 : 1, (float)delta);
            kernel(o.Rows, View(o), View(targets), View(gradient ?? o), rowLosses, shape);
        }
        _sumInOrder ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<double>, int, ArrayView<float>, int>(ReductionKernels.SumInOrder);
        _sumInOrder(1, rowLosses, o.ElementCount > 0 ? o.Rows : 0, View(losses), slot);
    }
}
