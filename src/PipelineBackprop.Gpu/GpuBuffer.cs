using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

/// <summary>Float32 memory of one accelerator. Used and disposed on the accelerator's thread.</summary>
internal sealed class GpuBuffer : DeviceBuffer
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _memory;

    private readonly Action<long>? _freed;

    /// <summary>Takes the memory; <paramref name="freed"/> hears how many bytes were given back.</summary>
    internal GpuBuffer(Accelerator accelerator, int capacity, Action<long>? freed = null) : base(ElementType.Float32, capacity)
    {
        Accelerator = accelerator;
        _memory = accelerator.Allocate1D<float>(capacity);
        _freed = freed;
    }

    /// <summary>The accelerator whose memory this is.</summary>
    internal Accelerator Accelerator { get; }

    /// <summary>The first <paramref name="elements"/> elements.</summary>
    internal ArrayView<float> View(int elements)
    {
        ObjectDisposedException.ThrowIf(_memory.IsDisposed, this);
        ArrayView<float> whole = _memory.View;
        return whole.SubView(0, elements);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || _memory.IsDisposed) return;
        _memory.Dispose();
        _freed?.Invoke(Bytes);
    }
}
