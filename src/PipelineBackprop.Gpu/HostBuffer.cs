using System.Runtime.InteropServices;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

/// <summary>Host memory that an accelerator exports into. Disposed on any thread.</summary>
internal sealed class HostBuffer : DeviceBuffer, IHostReadable
{
    private float[]? _values;

    internal HostBuffer(int capacity) : base(ElementType.Float32, capacity) =>
        _values = GC.AllocateUninitializedArray<float>(capacity, pinned: true);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> HostBytes => MemoryMarshal.AsBytes<float>(Values);

    /// <summary>The memory, writable.</summary>
    internal Span<float> Values
    {
        get
        {
            ObjectDisposedException.ThrowIf(_values is null, this);
            return _values;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _values = null;
}
