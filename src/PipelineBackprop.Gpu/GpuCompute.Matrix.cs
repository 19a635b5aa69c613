using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;
using ProductKernel = PipelineBackprop.Gpu.Launches.Kernel<(
    PipelineBackprop.Gpu.Launches.GroupShape Shape, PipelineBackprop.Gpu.Launches.Operand<float> A, PipelineBackprop.Gpu.Launches.Operand<float> B,
    PipelineBackprop.Gpu.Launches.Operand<float> Bias, PipelineBackprop.Gpu.Launches.Operand<float> Z, PipelineBackprop.Gpu.Launches.Operand<float> C,
    PipelineBackprop.Gpu.Kernels.ProductLayout Layout, PipelineBackprop.Gpu.Kernels.LinearEpilogue Epilogue)>;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private ProductKernel? _productBy8, _productBy4;

    /// <inheritdoc/>
    public void MatrixProduct(DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor c, bool accumulate)
    {
        if (c.ElementCount == 0) return;
        var epilogue = new LinearEpilogue((int)ActivationKind.Identity, 0, HasBias: 0, KeepsZ: 0, accumulate ? 1 : 0);
        Product(a, transposeA, b, transposeB, null, null, c, epilogue);
    }

    /// <inheritdoc/>
    public void Linear(
        DeviceTensor x, DeviceTensor weight, DeviceTensor? bias, Activation activation, DeviceTensor? preActivation, DeviceTensor y)
    {
        if (y.ElementCount == 0) return;
        var epilogue = new LinearEpilogue((int)activation.Kind, (float)activation.Slope, bias is null ? 0 : 1, preActivation is null ? 0 : 1, Accumulates: 0);
        Product(x, transposeA: false, weight, transposeB: true, bias, preActivation, y, epilogue);
    }

    private void Product(
        DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor? bias, DeviceTensor? z, DeviceTensor c, LinearEpilogue epilogue)
    {
        if (UsesVendorLibrary) _vendor!.Product(a, transposeA, b, transposeB, bias, z, c, epilogue);
        else ProductByTiles(a, transposeA, b, transposeB, bias, z, c, epilogue);
    }

    private void ProductByTiles(
        DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor? bias, DeviceTensor? z, DeviceTensor c, LinearEpilogue epilogue)
    {
        ProductTiling tiling = ProductTiling.Of(c.Rows, c.Columns, _accelerator.MaxNumThreadsPerGroup, _accelerator.NumMultiprocessors);
        ProductKernel product = tiling.Block == 8 ? _productBy8 ??= Load(MatrixKernels.ProductBy8) : _productBy4 ??= Load(MatrixKernels.ProductBy4);
        var layout = new ProductLayout(
            new ProductOperand(c.Rows, a.Columns, AcrossLines: transposeA ? 1 : 0),
            new ProductOperand(c.Columns, b.Columns, AcrossLines: transposeB ? 0 : 1),
            transposeA ? a.Rows : a.Columns,
            (int)_precision,
            tiling.Across);
        var shape = new GroupShape(tiling.Groups(c.Rows, c.Columns), tiling.Threads);

        // A view that is not used must still be a valid one: any other operand stands in.
        product.Launch((shape, Use(a), Use(b), Use(bias ?? c), Use(z ?? c), Use(c), layout, epilogue));
    }

    private ProductKernel Load(
        Action<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductLayout, LinearEpilogue> kernel)
    {
        Action<
            AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductLayout,
            LinearEpilogue> product = _accelerator.LoadKernel(kernel);
        return new(Launches, (stream, x) => product(stream, x.Shape, x.A, x.B, x.Bias, x.Z, x.C, x.Layout, x.Epilogue));
    }
}
