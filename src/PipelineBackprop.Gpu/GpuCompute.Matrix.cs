using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductLayout, int>? _product;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductLayout, LinearEpilogue>? _linear;

    /// <inheritdoc/>
    public void MatrixProduct(DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor c, bool accumulate)
    {
        if (c.ElementCount == 0) return;
        _product ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductLayout, int>(
            MatrixKernels.Product);
        var layout = new ProductLayout(
            c.Columns,
            transposeA ? a.Rows : a.Columns,
            transposeA ? 1 : a.Columns,
            transposeA ? a.Columns : 1,
            transposeB ? 1 : b.Columns,
            transposeB ? b.Columns : 1);
        _product(c.ElementCount, View(a), View(b), View(c), layout, accumulate ? 1 : 0);
    }

    /// <inheritdoc/>
    public void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        _linear ??= _accelerator.LoadAutoGroupedStreamKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductLayout, LinearEpilogue>(
            MatrixKernels.Linear);
        var layout = new ProductLayout(y.Columns, x.Columns, x.Columns, 1, 1, weight.Columns);
        var epilogue = new LinearEpilogue((int)activation.Kind, (float)activation.Slope, bias is null ? 0 : 1, preActivation is null ? 0 : 1);

        // A view that is not used must still be a valid one: any other operand stands in.
        _linear(y.ElementCount, View(x), View(weight), View(bias ?? weight), View(preActivation ?? y), View(y), layout, epilogue);
    }
}
