using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    // The number of partial sums is fixed, so the order of additions depends on the length alone.
    private const int Partials = 256;

    private readonly double[] _partials = new double[Partials];
    private MemoryBuffer1D<double, Stride1D.Dense>? _scratch;
    private Action<Index1D, ArrayView<float>, ArrayView<double>, int, int>? _sumOfSquares, _countNonFinite;

    /// <inheritdoc/>
    public double SumOfSquares(DeviceTensor x)
    {
        _sumOfSquares ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<double>, int, int>(ReductionKernels.SumOfSquares);
        return Reduce(_sumOfSquares, x);
    }

    /// <inheritdoc/>
    public bool IsFinite(DeviceTensor x)
    {
        _countNonFinite ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<double>, int, int>(ReductionKernels.CountNonFinite);
        return Reduce(_countNonFinite, x) == 0;
    }

    // Partial sums on the device, the last additions on the host in order.
    private double Reduce(Action<Index1D, ArrayView<float>, ArrayView<double>, int, int> kernel, DeviceTensor x)
    {
        if (x.ElementCount == 0) return 0;
        int count = Math.Min(Partials, x.ElementCount);
        ArrayView<double> partial = Scratch(count);
        kernel(count, View(x), partial, x.ElementCount, count);
        Span<double> values = _partials.AsSpan(0, count);
        partial.CopyToCPU(Stream, values);
        Stream.Synchronize();
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum;
    }

    private ArrayView<double> Scratch(int elements)
    {
        if (_scratch is null || _scratch.Length < elements)
        {
            // Earlier launches may still use the old memory.
            Stream.Synchronize();
            _scratch?.Dispose();
            _scratch = _accelerator.Allocate1D<double>(Math.Max(elements, Partials));
        }
        ArrayView<double> whole = _scratch.View;
        return whole.SubView(0, elements);
    }
}
