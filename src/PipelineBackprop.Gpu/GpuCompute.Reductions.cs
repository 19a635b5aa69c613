using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    // The number of groups depends on the length alone, so the order of additions does too.
    private const int MostPartials = 256;

    private double[] _totals = new double[MostPartials];
    private MemoryBuffer1D<double, Stride1D.Dense>? _scratch;
    private GpuFiniteWatch? _ownWatch;
    private Action<KernelConfig, ArrayView<float>, int, ArrayView<double>>? _sumOfSquares;
    private Action<KernelConfig, ArrayView<double>, int, ArrayView<double>, int>? _sumPartials;

    /// <inheritdoc/>
    public double SumOfSquares(DeviceTensor x)
    {
        double sum = 0;
        SumsOfSquares([x], new Span<double>(ref sum));
        return sum;
    }

    /// <inheritdoc/>
    public void SumsOfSquares(ReadOnlySpan<DeviceTensor> tensors, Span<double> sums)
    {
        if (tensors.IsEmpty) return;
        ArrayView<double> scratch = Scratch(tensors.Length + MostPartials);
        ArrayView<double> totals = scratch.SubView(0, tensors.Length), partials = scratch.SubView(tensors.Length, MostPartials);
        _sumOfSquares ??= _accelerator.LoadStreamKernel<ArrayView<float>, int, ArrayView<double>>(ReductionKernels.SumOfSquares);
        _sumPartials ??= _accelerator.LoadStreamKernel<ArrayView<double>, int, ArrayView<double>, int>(ReductionKernels.SumPartials);
        for (int i = 0; i < tensors.Length; i++)
        {
            int count = tensors[i].ElementCount, groups = Math.Min(MostPartials, (count + GroupSum.Lanes - 1) / GroupSum.Lanes);
            if (groups > 0) _sumOfSquares(new KernelConfig(groups, GroupSize), View(tensors[i]), count, partials);
            _sumPartials(new KernelConfig(1, GroupSize), partials, groups, totals, i);
        }
        if (_totals.Length < tensors.Length) _totals = new double[tensors.Length];
        Span<double> values = _totals.AsSpan(0, tensors.Length);
        totals.CopyToCPU(Stream, values);
        Settled();
        values.CopyTo(sums);
    }

    /// <inheritdoc/>
    public bool IsFinite(DeviceTensor x)
    {
        _ownWatch ??= new GpuFiniteWatch(this, _accelerator);
        _ownWatch.Look(x);
        return _ownWatch.Settle() < 0;
    }

    /// <inheritdoc/>
    public FiniteWatch WatchFinite() => new GpuFiniteWatch(this, _accelerator);

    private ArrayView<double> Scratch(int elements)
    {
        if (_scratch is null || _scratch.Length < elements)
        {
            // Earlier launches may still use the old memory.
            Stream.Synchronize();
            Free(_scratch);
            _scratch = null;
            int length = Math.Max(elements, 2 * MostPartials);
            _scratch = Take((long)length * sizeof(double), () => _accelerator.Allocate1D<double>(length));
        }
        ArrayView<double> whole = _scratch.View;
        return whole.SubView(0, elements);
    }
}
