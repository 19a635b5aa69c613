using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, double>? _normalize;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int>? _normalizeBackward;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, int, int, int>? _sumRows;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int>? _sumRowsOfProduct;

    /// <inheritdoc/>
    public void LayerNormalize(
        DeviceTensor x, DeviceTensor gain, DeviceTensor shift, double epsilon,
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        _normalize ??= _accelerator.LoadAutoGroupedStreamKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, double>(
            NormalizationKernels.Forward);
        _normalize(x.Rows, View(x), View(gain), View(shift), View(normalized), View(inverseDeviation), View(y), x.Columns, epsilon);
    }

    /// <inheritdoc/>
    public void LayerNormalizeBackward(
        DeviceTensor normalized, DeviceTensor inverseDeviation, DeviceTensor gain, DeviceTensor dy, DeviceTensor dx)
    {
        if (dx.ElementCount == 0) return;
        _normalizeBackward ??= _accelerator.LoadAutoGroupedStreamKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(NormalizationKernels.Backward);
        _normalizeBackward(dx.Rows, View(normalized), View(inverseDeviation), View(gain), View(dy), View(dx), dx.Columns);
    }

    /// <inheritdoc/>
    public void SumRows(DeviceTensor x, DeviceTensor target, bool accumulate)
    {
        if (target.ElementCount == 0) return;
        _sumRows ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, int, int, int>(ReductionKernels.SumRows);
        _sumRows(x.Columns, View(x), View(target), x.Rows, x.Columns, accumulate ? 1 : 0);
    }

    /// <inheritdoc/>
    public void SumRowsOfProduct(DeviceTensor a, DeviceTensor b, DeviceTensor target, bool accumulate)
    {
        if (target.ElementCount == 0) return;
        _sumRowsOfProduct ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int>(
            ReductionKernels.SumRowsOfProduct);
        _sumRowsOfProduct(a.Columns, View(a), View(b), View(target), a.Rows, a.Columns, accumulate ? 1 : 0);
    }
}
