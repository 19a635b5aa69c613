using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Gpu.Transfers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

/// <summary>Float32 memory of one accelerator. Used and disposed on the accelerator's thread.</summary>
internal sealed class GpuBuffer : DeviceBuffer
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _memory;

    private readonly Action _freeing;
    private readonly Action<long> _freed;
    private Fence? _copy;

    /// <summary>Takes the memory; <paramref name="freeing"/> runs before it is given back, <paramref name="freed"/> hears how many bytes were.</summary>
    internal GpuBuffer(Accelerator accelerator, int capacity, Action freeing, Action<long> freed) : base(ElementType.Float32, capacity)
    {
        Accelerator = accelerator;
        _memory = accelerator.Allocate1D<float>(capacity);
        _freeing = freeing;
        _freed = freed;
    }

    /// <summary>The accelerator whose memory this is.</summary>
    internal Accelerator Accelerator { get; }

    /// <summary>The last use by the device's kernels: a number that grows; 0 before the first.</summary>
    internal long LastUse { get; set; }

    /// <summary>Behind a copy from or to another device, which reads or fills the buffer until then; set by either device.</summary>
    internal Fence? Copy { set => Volatile.Write(ref _copy, value); }

    /// <summary>Behind the work after which a peer may read it.</summary>
    internal Fence? Offered { get; set; }

    /// <summary>The copy that must be done before the buffer is used; asked once.</summary>
    internal Fence? TakeCopy() => Volatile.Read(ref _copy) is null ? null : Interlocked.Exchange(ref _copy, null);

    /// <summary>The first <paramref name="elements"/> elements.</summary>
    internal ArrayView<float> View(int elements) => Operand(elements);

    /// <summary>The first <paramref name="elements"/> elements as an argument of a launch.</summary>
    internal Operand<float> Operand(int elements)
    {
        ObjectDisposedException.ThrowIf(_memory.IsDisposed, this);
        return new Operand<float>(_memory, 0, elements);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || _memory.IsDisposed) return;
        _freeing();
        TakeCopy()?.WaitOnHost();
        _memory.Dispose();
        _freed(Bytes);
    }
}
