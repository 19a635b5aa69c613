using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private Kernel<(GroupShape Shape, Operand<float> X, Operand<float> Gain, Operand<float> Shift, Operand<float> Normalized, Operand<float> Inverse, Operand<float> Y, int Rows, int Columns, double Epsilon)>? _normalize;
    private Kernel<(GroupShape Shape, Operand<float> Normalized, Operand<float> Inverse, Operand<float> Gain, Operand<float> Dy, Operand<float> Dx, int Rows, int Columns)>? _normalizeBackward;
    private Action<AcceleratorStream, KernelConfig, NormalizationTangents, int, int>? _normalizeTangent;
    private Action<AcceleratorStream, KernelConfig, NormalizationGradientTangents, int, int>? _normalizeBackwardTangent;
    private Kernel<(GroupShape Shape, Operand<float> X, Operand<float> Target, int Rows, int Columns, int Accumulate)>? _sumRows;
    private Kernel<(GroupShape Shape, Operand<float> A, Operand<float> B, Operand<float> Target, int Rows, int Columns, int Accumulate)>? _sumRowsOfProduct;

    /// <inheritdoc/>
    public void LayerNormalize(
        DeviceTensor x, DeviceTensor gain, DeviceTensor shift, double epsilon,
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        if (_normalize is null)
        {
            var normalize = _accelerator.LoadKernel<
                ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, double>(
                NormalizationKernels.Forward);
            _normalize = new(Launches, (stream, x) =>
                normalize(stream, x.Shape, x.X, x.Gain, x.Shift, x.Normalized, x.Inverse, x.Y, x.Rows, x.Columns, x.Epsilon));
        }
        _normalize.Launch((RowGroups(x), Use(x), Use(gain), Use(shift), Use(normalized), Use(inverseDeviation), Use(y), x.Rows, x.Columns, epsilon));
    }

    /// <inheritdoc/>
    public void LayerNormalizeBackward(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor dy, DeviceTensor dx)
    {
        if (dx.ElementCount == 0) return;
        if (_normalizeBackward is null)
        {
            var backward = _accelerator.LoadKernel<
                ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int>(NormalizationKernels.Backward);
            _normalizeBackward = new(Launches, (stream, x) => backward(stream, x.Shape, x.Normalized, x.Inverse, x.Gain, x.Dy, x.Dx, x.Rows, x.Columns));
        }
        _normalizeBackward.Launch((RowGroups(dx), Use(normalized), Use(inverseDeviation), Use(gain), Use(dy), Use(dx), dx.Rows, dx.Columns));
    }

    /// <inheritdoc/>
    public void LayerNormalizeTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor rgain, DeviceTensor rshift, DeviceTensor rx,
        DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor ry)
    {
        if (ry.ElementCount == 0) return;
        _normalizeTangent ??= _accelerator.LoadKernel<NormalizationTangents, int, int>(NormalizationTangentKernels.Forward);
        var operands = new NormalizationTangents(
            Use(normalized), Use(inverseDeviation), Use(gain), Use(rgain), Use(rshift), Use(rx), Use(rnormalized), Use(rinverse), Use(ry));
        _normalizeTangent(FlushedStream(), RowGroups(ry), operands, ry.Rows, ry.Columns);
    }

    /// <inheritdoc/>
    public void LayerNormalizeBackwardTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor gain, DeviceTensor rgain,
        DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx)
    {
        if (rdx.ElementCount == 0) return;
        _normalizeBackwardTangent ??= _accelerator.LoadKernel<NormalizationGradientTangents, int, int>(NormalizationTangentKernels.Backward);
        var operands = new NormalizationGradientTangents(
            Use(normalized), Use(inverseDeviation), Use(rnormalized), Use(rinverse), Use(gain), Use(rgain), Use(dy), Use(rdy), Use(rdx));
        _normalizeBackwardTangent(FlushedStream(), RowGroups(rdx), operands, rdx.Rows, rdx.Columns);
    }

    /// <inheritdoc/>
    public void SumRows(DeviceTensor x, DeviceTensor target, bool accumulate)
    {
        if (target.ElementCount == 0) return;
        if (_sumRows is null)
        {
            var sum = _accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, int, int, int>(ReductionKernels.SumRows);
            _sumRows = new(Launches, (stream, x) => sum(stream, x.Shape, x.X, x.Target, x.Rows, x.Columns, x.Accumulate));
        }
        _sumRows.Launch((ColumnGroups(x), Use(x), Use(target), x.Rows, x.Columns, accumulate ? 1 : 0));
    }

    /// <inheritdoc/>
    public void SumRowsOfProduct(DeviceTensor a, DeviceTensor b, DeviceTensor target, bool accumulate)
    {
        if (target.ElementCount == 0) return;
        if (_sumRowsOfProduct is null)
        {
            var sum = _accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int>(ReductionKernels.SumRowsOfProduct);
            _sumRowsOfProduct = new(Launches, (stream, x) => sum(stream, x.Shape, x.A, x.B, x.Target, x.Rows, x.Columns, x.Accumulate));
        }
        _sumRowsOfProduct.Launch((ColumnGroups(a), Use(a), Use(b), Use(target), a.Rows, a.Columns, accumulate ? 1 : 0));
    }

    private GroupShape RowGroups(DeviceTensor x) => new((x.Rows - 1) / GroupSum.Rows + 1, GroupSize);

    private GroupShape ColumnGroups(DeviceTensor x) => new((x.Columns - 1) / ReductionKernels.GroupColumns + 1, GroupSize);

    // Any size gives the same numbers: kernels walk through their lanes.
    private int GroupSize => Math.Min(GroupSum.Lanes, _accelerator.MaxNumThreadsPerGroup);
}
