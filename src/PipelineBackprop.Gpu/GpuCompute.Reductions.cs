using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

internal sealed partial class GpuCompute
{
    /// <summary>Groups of a sum of squares at most; how many depends on the length alone, so the order of additions does too.</summary>
    internal const int MostPartials = 256;

    /// <summary>Elements of the smallest scratch.</summary>
    internal const int FewestScratch = 2 * MostPartials;

    private double[] _totals = new double[MostPartials];
    private MemoryBuffer1D<double, Stride1D.Dense>? _scratch;
    private GpuFiniteWatch? _ownWatch;
    private Kernel<(GroupShape Shape, Operand<float> X, int Count, Operand<double> Partials)>? _sumOfSquares;
    private Kernel<(GroupShape Shape, Operand<double> Partials, int Count, Operand<double> Totals, int Slot)>? _sumPartials;

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
        Operand<double> scratch = Scratch(tensors.Length + MostPartials);
        Operand<double> totals = scratch.Part(0, tensors.Length), partials = scratch.Part(tensors.Length, MostPartials);
        LoadSums();
        for (int i = 0; i < tensors.Length; i++)
        {
            int count = tensors[i].ElementCount, groups = Math.Min(MostPartials, GroupSum.BlocksOf(count));
            if (groups > 0) _sumOfSquares!.Launch((new GroupShape(groups, GroupSize), Use(tensors[i]), count, partials));
            _sumPartials!.Launch((new GroupShape(1, GroupSize), partials, groups, totals, i));
        }
        if (_totals.Length < tensors.Length) _totals = new double[tensors.Length];
        Span<double> values = _totals.AsSpan(0, tensors.Length);
        ((ArrayView<double>)totals).CopyToCPU(FlushedStream(), values);
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

    private void LoadSums()
    {
        if (_sumPartials is not null) return;
        var squares = _accelerator.LoadKernel<ArrayView<float>, int, ArrayView<double>>(ReductionKernels.SumOfSquares);
        _sumOfSquares = new(Launches, (stream, x) => squares(stream, x.Shape, x.X, x.Count, x.Partials));
        var partials = _accelerator.LoadKernel<ArrayView<double>, int, ArrayView<double>, int>(ReductionKernels.SumPartials);
        _sumPartials = new(Launches, (stream, x) => partials(stream, x.Shape, x.Partials, x.Count, x.Totals, x.Slot));
    }

    private Operand<double> Scratch(int elements)
    {
        if (_scratch is null || _scratch.Length < elements)
        {
            // Earlier launches may still use the old memory.
            FlushedStream().Synchronize();
            Free(_scratch);
            _scratch = null;
            _scratch = TakeScratch<double>(Math.Max(elements, FewestScratch));
        }
        return new Operand<double>(_scratch, 0, elements);
    }
}
