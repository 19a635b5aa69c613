using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PipelineBackprop.Gpu.Transfers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

/// <summary>
/// Host memory that an accelerator exports into, in pages of its own so that they can be locked. A copy may still be on its way: who reads waits for it.
/// Disposed on any thread.
/// </summary>
internal sealed unsafe class HostBuffer : DeviceBuffer, IHostReadable
{
    private const int Page = 4096;

    private float* _values;
    private Fence? _reader;

    internal HostBuffer(int capacity) : base(ElementType.Float32, capacity) =>
        _values = (float*)NativeMemory.AlignedAlloc(((nuint)Bytes + Page - 1) / Page * Page, Page);

    /// <summary>Frees what a pool could not take back.</summary>
    ~HostBuffer() => Dispose(disposing: false);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> HostBytes
    {
        get
        {
            ref float first = ref First;
            Arrival?.WaitOnHost();
            return MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref first, Capacity));
        }
    }

    /// <summary>The first element, for a copy in order with <see cref="Arrival"/> and <see cref="TakeReader"/>.</summary>
    internal ref float First
    {
        get
        {
            ObjectDisposedException.ThrowIf(_values is null, this);
            return ref Unsafe.AsRef<float>(_values);
        }
    }

    /// <summary>What keeps the memory where the device's copies find it.</summary>
    internal IDisposable? PageLock { private get; set; }

    /// <summary>Behind the copy that fills it.</summary>
    internal Fence? Arrival { get; set; }

    /// <summary>Another device reads it until then.</summary>
    internal Fence? Reader { set => Volatile.Write(ref _reader, value); }

    /// <summary>What must be done before it may be overwritten; asked once.</summary>
    internal Fence? TakeReader() => Interlocked.Exchange(ref _reader, null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_values is null) return;
        if (disposing)
        {
            Arrival?.WaitOnHost();
            TakeReader()?.WaitOnHost();
            PageLock?.Dispose();
        }
        NativeMemory.AlignedFree(_values);
        _values = null;
    }
}
