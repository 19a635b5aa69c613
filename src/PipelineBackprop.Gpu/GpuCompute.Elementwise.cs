using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private const double WordRange = 4294967296.0; // 2³²

    private Action<Index1D, ArrayView<float>, float>? _fill;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>>? _add, _multiply;
    private Action<Index1D, ArrayView<float>, float, ArrayView<float>>? _addScaled, _scale;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, int, float>? _activate;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, float>? _activateBackward;
    private Action<
        Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, float>? _activateBackwardTangent;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, DropoutConstants>? _dropout;

    /// <inheritdoc/>
    public void Fill(DeviceTensor target, double value)
    {
        if (target.ElementCount == 0) return;
        _fill ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(ElementwiseKernels.Fill);
        _fill(target.ElementCount, View(target), (float)value);
    }

    /// <inheritdoc/>
    public void Copy(DeviceTensor source, DeviceTensor target)
    {
        if (target.ElementCount == 0) return;
        View(source).CopyTo(Stream, View(target));
    }

    /// <inheritdoc/>
    public void Add(DeviceTensor a, DeviceTensor b, DeviceTensor target)
    {
        if (target.ElementCount == 0) return;
        _add ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>>(ElementwiseKernels.Add);
        _add(target.ElementCount, View(a), View(b), View(target));
    }

    /// <inheritdoc/>
    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor target)
    {
        if (target.ElementCount == 0) return;
        _multiply ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>>(ElementwiseKernels.Multiply);
        _multiply(target.ElementCount, View(a), View(b), View(target));
    }

    /// <inheritdoc/>
    public void AddScaled(DeviceTensor source, double factor, DeviceTensor target)
    {
        if (target.ElementCount == 0) return;
        _addScaled ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float, ArrayView<float>>(ElementwiseKernels.AddScaled);
        _addScaled(target.ElementCount, View(source), (float)factor, View(target));
    }

    /// <inheritdoc/>
    public void Scale(DeviceTensor source, double factor, DeviceTensor target)
    {
        if (target.ElementCount == 0) return;
        _scale ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float, ArrayView<float>>(ElementwiseKernels.Scale);
        _scale(target.ElementCount, View(source), (float)factor, View(target));
    }

    /// <inheritdoc/>
    public void Activate(Activation activation, DeviceTensor x, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        _activate ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, int, float>(ActivationKernels.Forward);
        _activate(y.ElementCount, View(x), View(y), (int)activation.Kind, (float)activation.Slope);
    }

    /// <inheritdoc/>
    public void ActivateBackward(Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx)
    {
        if (dx.ElementCount == 0) return;
        _activateBackward ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, float>(
            ActivationKernels.Backward);
        _activateBackward(dx.ElementCount, View(saved), View(dy), View(dx), (int)activation.Kind, (float)activation.Slope);
    }

    /// <inheritdoc/>
    public void ActivateBackwardTangent(Activation activation, DeviceTensor saved, DeviceTensor rsaved, DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx)
    {
        if (rdx.ElementCount == 0) return;
        _activateBackwardTangent ??= _accelerator.LoadAutoGroupedStreamKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, float>(ActivationKernels.BackwardTangent);
        _activateBackwardTangent(
            rdx.ElementCount, View(saved), View(rsaved), View(dy), View(rdy), View(rdx), (int)activation.Kind, (float)activation.Slope);
    }

    /// <inheritdoc/>
    public void Dropout(in DropoutMask mask, DeviceTensor x, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        _dropout ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, DropoutConstants>(DropoutKernels.Apply);
        var constants = new DropoutConstants(
            mask.Key, mask.Stream, (ulong)mask.FirstExample * (ulong)x.Columns, (ulong)Math.Ceiling(mask.Rate * WordRange), (float)(1 / (1 - mask.Rate)));
        _dropout(y.ElementCount, View(x), View(y), constants);
    }
}
