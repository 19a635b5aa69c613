using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

/// <summary>A flag on the device for each tensor looked at, read once. Used and disposed on the device's thread.</summary>
internal sealed class GpuFiniteWatch : FiniteWatch
{
    /// <summary>Looks that a new watch has room for.</summary>
    internal const int FirstCapacity = 256;

    private readonly GpuCompute _compute;
    private readonly Kernel<(int Count, Operand<float> X, Operand<int> Found, int Slot)> _flag;
    private readonly Kernel<Operand<int>> _clear;
    private MemoryBuffer1D<int, Stride1D.Dense> _found;
    private int[] _read = new int[FirstCapacity];
    private int _count;

    internal GpuFiniteWatch(GpuCompute compute, Accelerator accelerator)
    {
        _compute = compute;
        var flag = accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<int>, int>(ReductionKernels.FlagNonFinite);
        _flag = new(compute.Launches, (stream, x) => flag(stream, x.Count, x.X, x.Found, x.Slot));
        _clear = new(compute.Launches, static (stream, flags) => flags.Memory.MemSetToZero(stream));
        _found = compute.TakeScratch<int>(FirstCapacity);
        Clear(_found);
    }

    /// <inheritdoc/>
    public override void Look(DeviceTensor x)
    {
        if (_count == _found.Length) Grow();
        if (x.ElementCount > 0) _flag.Launch((x.ElementCount, _compute.Use(x), new Operand<int>(_found), _count));
        _count++;
    }

    /// <inheritdoc/>
    public override int Settle()
    {
        if (_count == 0) return -1;
        Span<int> found = _read.AsSpan(0, _count);
        ArrayView<int> all = _found.View;
        all.SubView(0, _count).CopyToCPU(_compute.FlushedStream(), found);
        _compute.Settled();
        int first = found.IndexOfAnyExcept(0);
        Forget();
        return first;
    }

    /// <inheritdoc/>
    public override void Forget()
    {
        if (_count == 0) return;
        Clear(_found);
        _count = 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _compute.Free(_found);
    }

    private void Grow()
    {
        MemoryBuffer1D<int, Stride1D.Dense> larger = _compute.TakeScratch<int>(2 * (int)_found.Length);
        Clear(larger);
        ArrayView<int> target = larger.View;
        ArrayView<int> source = _found.View;
        source.CopyTo(_compute.FlushedStream(), target.SubView(0, _found.Length));

        // Earlier launches may still write the old flags.
        _compute.FlushedStream().Synchronize();
        _compute.Free(_found);
        _found = larger;
        Array.Resize(ref _read, (int)larger.Length);
    }

    private void Clear(MemoryBuffer1D<int, Stride1D.Dense> flags) => _clear.Launch(new Operand<int>(flags));
}
