using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private const double WordRange = 4294967296.0; // 2³²

    private Kernel<(int Count, Operand<float> Target, Bits Value)>? _fill;
    private Kernel<(Operand<float> Source, Operand<float> Target)>? _copy;
    private Kernel<(int Count, Operand<float> A, Operand<float> B, Operand<float> Target)>? _add, _multiply;
    private Kernel<(int Count, Operand<float> Source, Bits Factor, Operand<float> Target)>? _addScaled, _scale;
    private Kernel<(int Count, Operand<float> X, Operand<float> Y, int Kind, Bits Slope)>? _activate;
    private Kernel<(int Count, Operand<float> Saved, Operand<float> Dy, Operand<float> Dx, int Kind, Bits Slope)>? _activateBackward;
    private Kernel<(int Count, Operand<float> Saved, Operand<float> Rsaved, Operand<float> Dy, Operand<float> Rdy, Operand<float> Rdx, int Kind, Bits Slope)>? _activateBackwardTangent;
    private Kernel<(int Count, Operand<float> X, Operand<float> Y, DropoutConstants Constants)>? _dropout;
    private Kernel<(int Count, Operand<float> X, Operand<float> Y, DropoutConstants Constants, Operand<ulong> Step)>? _recordedDropout;

    /// <inheritdoc/>
    public void Fill(DeviceTensor target, double value)
    {
        if (target.ElementCount == 0) return;
        if (_fill is null)
        {
            var fill = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float>(ElementwiseKernels.Fill);
            _fill = new(Launches, (stream, x) => fill(stream, x.Count, x.Target, x.Value));
        }
        _fill.Launch((target.ElementCount, Use(target), value));
    }

    /// <inheritdoc/>
    public void Copy(DeviceTensor source, DeviceTensor target)
    {
        if (target.ElementCount == 0) return;
        _copy ??= new(Launches, (stream, x) => ((ArrayView<float>)x.Source).CopyTo(stream, x.Target));
        _copy.Launch((Use(source), Use(target)));
    }

    /// <inheritdoc/>
    public void Add(DeviceTensor a, DeviceTensor b, DeviceTensor target) => Zip(ref _add, ElementwiseKernels.Add, a, b, target);

    /// <inheritdoc/>
    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor target) => Zip(ref _multiply, ElementwiseKernels.Multiply, a, b, target);

    /// <inheritdoc/>
    public void AddScaled(DeviceTensor source, double factor, DeviceTensor target) => Scaled(ref _addScaled, ElementwiseKernels.AddScaled, source, factor, target);

    /// <inheritdoc/>
    public void Scale(DeviceTensor source, double factor, DeviceTensor target) => Scaled(ref _scale, ElementwiseKernels.Scale, source, factor, target);

    /// <inheritdoc/>
    public void Activate(Activation activation, DeviceTensor x, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        if (_activate is null)
        {
            var activate = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, int, float>(ActivationKernels.Forward);
            _activate = new(Launches, (stream, x) => activate(stream, x.Count, x.X, x.Y, x.Kind, x.Slope));
        }
        _activate.Launch((y.ElementCount, Use(x), Use(y), (int)activation.Kind, activation.Slope));
    }

    /// <inheritdoc/>
    public void ActivateBackward(Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx)
    {
        if (dx.ElementCount == 0) return;
        if (_activateBackward is null)
        {
            var backward = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, float>(ActivationKernels.Backward);
            _activateBackward = new(Launches, (stream, x) => backward(stream, x.Count, x.Saved, x.Dy, x.Dx, x.Kind, x.Slope));
        }
        _activateBackward.Launch((dx.ElementCount, Use(saved), Use(dy), Use(dx), (int)activation.Kind, activation.Slope));
    }

    /// <inheritdoc/>
    public void ActivateBackwardTangent(Activation activation, DeviceTensor saved, DeviceTensor rsaved, DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx)
    {
        if (rdx.ElementCount == 0) return;
        if (_activateBackwardTangent is null)
        {
            var tangent = _accelerator.LoadAutoGroupedKernel<
                Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, float>(ActivationKernels.BackwardTangent);
            _activateBackwardTangent = new(Launches, (stream, x) => tangent(stream, x.Count, x.Saved, x.Rsaved, x.Dy, x.Rdy, x.Rdx, x.Kind, x.Slope));
        }
        _activateBackwardTangent.Launch(
            (rdx.ElementCount, Use(saved), Use(rsaved), Use(dy), Use(rdy), Use(rdx), (int)activation.Kind, activation.Slope));
    }

    /// <inheritdoc/>
    public void Dropout(in DropoutMask mask, DeviceTensor x, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        var constants = new DropoutConstants(
            mask.Key, mask.Stream, (ulong)mask.FirstExample * (ulong)x.Columns, (ulong)Math.Ceiling(mask.Rate * WordRange), (float)(1 / (1 - mask.Rate)));
        if (Numbers is not null)
        {
            DropoutRecorded(constants, x, y);
            return;
        }
        if (_dropout is null)
        {
            var dropout = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, DropoutConstants>(DropoutKernels.Apply);
            _dropout = new(Launches, (stream, x) => dropout(stream, x.Count, x.X, x.Y, x.Constants));
        }
        _dropout.Launch((y.ElementCount, Use(x), Use(y), constants));
    }

    private void DropoutRecorded(in DropoutConstants constants, DeviceTensor x, DeviceTensor y)
    {
        if (_recordedDropout is null)
        {
            var dropout = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, DropoutConstants, ArrayView<ulong>>(StepKernels.Dropout);
            _recordedDropout = new(Launches, (stream, x) => dropout(stream, x.Count, x.X, x.Y, x.Constants, x.Step));
        }
        Operand<ulong> step = Numbers!.OfDropout(constants.Stream);
        _recordedDropout.Launch((y.ElementCount, Use(x), Use(y), constants with { Stream = 0 }, step));
    }

    private void Zip(
        ref Kernel<(int Count, Operand<float> A, Operand<float> B, Operand<float> Target)>? loaded,
        Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>> kernel, DeviceTensor a, DeviceTensor b, DeviceTensor target)
    {
        if (target.ElementCount == 0) return;
        if (loaded is null)
        {
            var zip = _accelerator.LoadAutoGroupedKernel(kernel);
            loaded = new(Launches, (stream, x) => zip(stream, x.Count, x.A, x.B, x.Target));
        }
        loaded.Launch((target.ElementCount, Use(a), Use(b), Use(target)));
    }

    private void Scaled(
        ref Kernel<(int Count, Operand<float> Source, Bits Factor, Operand<float> Target)>? loaded,
        Action<Index1D, ArrayView<float>, float, ArrayView<float>> kernel, DeviceTensor source, double factor, DeviceTensor target)
    {
        if (target.ElementCount == 0) return;
        if (loaded is null)
        {
            var scale = _accelerator.LoadAutoGroupedKernel(kernel);
            loaded = new(Launches, (stream, x) => scale(stream, x.Count, x.Source, x.Factor, x.Target));
        }
        loaded.Launch((target.ElementCount, Use(source), factor, Use(target)));
    }
}
