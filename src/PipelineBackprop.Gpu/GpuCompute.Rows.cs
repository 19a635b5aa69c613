using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, double>? _normalize;
    private Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int>? _normalizeBackward;
    private Action<KernelConfig, NormalizationTangents, int, int>? _normalizeTangent;
    private Action<KernelConfig, NormalizationGradientTangents, int, int>? _normalizeBackwardTangent;
    private Action<KernelConfig, ArrayView<float>, ArrayView<float>, int, int, int>? _sumRows;
    private Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int>? _sumRowsOfProduct;

    /// <inheritdoc/>
    public void LayerNormalize(
        DeviceTensor x, DeviceTensor gain, DeviceTensor shift, double epsilon,
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        _normalize ??= _accelerator.LoadStreamKernel<
            ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, double>(
            NormalizationKernels.Forward);
        _normalize(RowGroups(x), View(x), View(gain), View(shift), View(normalized), View(inverseDeviation), View(y), x.Rows, x.Columns, epsilon);
    }

    /// <inheritdoc/>
    public void LayerNormalizeBackward(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor dy, DeviceTensor dx)
    {
        if (dx.ElementCount == 0) return;
        _normalizeBackward ??= _accelerator.LoadStreamKernel<
            ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int>(NormalizationKernels.Backward);
        _normalizeBackward(RowGroups(dx), View(normalized), View(inverseDeviation), View(gain), View(dy), View(dx), dx.Rows, dx.Columns);
    }

    /// <inheritdoc/>
    public void LayerNormalizeTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor rgain, DeviceTensor rshift, DeviceTensor rx,
        DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor ry)
    {
        if (ry.ElementCount == 0) return;
        _normalizeTangent ??= _accelerator.LoadStreamKernel<NormalizationTangents, int, int>(NormalizationTangentKernels.Forward);
        var operands = new NormalizationTangents(
            View(normalized), View(inverseDeviation), View(gain), View(rgain), View(rshift), View(rx), View(rnormalized), View(rinverse), View(ry));
        _normalizeTangent(RowGroups(ry), operands, ry.Rows, ry.Columns);
    }

    /// <inheritdoc/>
    public void LayerNormalizeBackwardTangent(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor rnormalized, DeviceTensor rinverse, DeviceTensor gain, DeviceTensor rgain,
        DeviceTensor dy, DeviceTensor rdy, DeviceTensor rdx)
    {
        if (rdx.ElementCount == 0) return;
        _normalizeBackwardTangent ??= _accelerator.LoadStreamKernel<NormalizationGradientTangents, int, int>(NormalizationTangentKernels.Backward);
        var operands = new NormalizationGradientTangents(
            View(normalized), View(inverseDeviation), View(rnormalized), View(rinverse), View(gain), View(rgain), View(dy), View(rdy), View(rdx));
        _normalizeBackwardTangent(RowGroups(rdx), operands, rdx.Rows, rdx.Columns);
    }

    /// <inheritdoc/>
    public void SumRows(DeviceTensor x, DeviceTensor target, bool accumulate)
    {
        if (target.ElementCount == 0) return;
        _sumRows ??= _accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, int, int>(ReductionKernels.SumRows);
        _sumRows(ColumnGroups(x), View(x), View(target), x.Rows, x.Columns, accumulate ? 1 : 0);
    }

    /// <inheritdoc/>
    public void SumRowsOfProduct(DeviceTensor a, DeviceTensor b, DeviceTensor target, bool accumulate)
    {
        if (target.ElementCount == 0) return;
        _sumRowsOfProduct ??= _accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int>(
            ReductionKernels.SumRowsOfProduct);
        _sumRowsOfProduct(ColumnGroups(a), View(a), View(b), View(target), a.Rows, a.Columns, accumulate ? 1 : 0);
    }

    private KernelConfig RowGroups(DeviceTensor x) => new((x.Rows - 1) / GroupSum.Rows + 1, GroupSize);

    private KernelConfig ColumnGroups(DeviceTensor x) => new((x.Columns - 1) / ReductionKernels.GroupColumns + 1, GroupSize);

    // Any size gives the same numbers: kernels walk through their lanes.
    private int GroupSize => Math.Min(GroupSum.Lanes, _accelerator.MaxNumThreadsPerGroup);
}
