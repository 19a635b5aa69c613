using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    private Kernel<(
        GroupShape Shape, Operand<float> A, Operand<float> B, Operand<float> Bias, Operand<float> Z, Operand<float> C, ProductLayout Layout, LinearEpilogue Epilogue)>? _product;

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
        if (_product is null)
        {
            var product = _accelerator.LoadKernel<
                ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductLayout, LinearEpilogue>(MatrixKernels.Product);
            _product = new(Launches, (stream, x) => product(stream, x.Shape, x.A, x.B, x.Bias, x.Z, x.C, x.Layout, x.Epilogue));
        }
        (int across, int down) = ProductGroup(c.Rows, c.Columns);
        var layout = new ProductLayout(
            c.Rows,
            c.Columns,
            transposeA ? a.Rows : a.Columns,
            transposeA ? 1 : a.Columns,
            transposeA ? a.Columns : 1,
            transposeB ? 1 : b.Columns,
            transposeB ? b.Columns : 1,
            (int)_precision,
            across);
        var shape = new GroupShape(Tiles(c.Rows, down) * Tiles(c.Columns, across), across * down);

        // A view that is not used must still be a valid one: any other operand stands in.
        _product.Launch((shape, Use(a), Use(b), Use(bias ?? c), Use(z ?? c), Use(c), layout, epilogue));
    }

    /// <summary>
    /// Threads across and down: as many as make a large tile, but fewer where large tiles would leave multiprocessors without work. The result is the same.
    /// </summary>
    private (int Across, int Down) ProductGroup(int rows, int columns)
    {
        int across = MatrixKernels.MostThreads, down = MatrixKernels.MostThreads;
        while (across * down > _accelerator.MaxNumThreadsPerGroup) Halve();
        while (across * down > 16 && Tiles(rows, down) * Tiles(columns, across) < 2 * _accelerator.NumMultiprocessors) Halve();
        return (across, down);

        void Halve()
        {
            if (across > down) across /= 2;
            else down /= 2;
        }
    }

    private static int Tiles(int length, int threads) => (length - 1) / (threads * MatrixKernels.Block) + 1;
}
