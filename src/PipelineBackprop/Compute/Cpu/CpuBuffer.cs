using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>
/// Host memory outside the garbage-collected heap, aligned to a cache line. May be used on any thread, by one at a time, and outlives the compute that
/// allocated it. Freed by <see cref="DeviceBuffer.Dispose()"/> or, for a buffer that was given up, by the finalizer.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>, as <see cref="DeviceBuffer.ElementType"/> says.</typeparam>
public sealed unsafe class CpuBuffer<T> : DeviceBuffer, IHostReadable
    where T : unmanaged
{
    private T* _pointer;

    /// <summary>Takes memory; contents undefined.</summary>
    /// <param name="elementType">The number format that <typeparamref name="T"/> is.</param>
    /// <param name="capacity">Elements, at least 1.</param>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public CpuBuffer(ElementType elementType, int capacity) : base(elementType, capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if (elementType.Size() != sizeof(T))
            throw new ArgumentException($"Elements of {elementType} have {elementType.Size()} bytes, those of {typeof(T).Name} have {sizeof(T)}.", nameof(elementType));
        _pointer = (T*)HostMemory.Allocate(checked((nuint)capacity * (nuint)sizeof(T)));
        GC.AddMemoryPressure(Bytes);
    }

    private CpuBuffer(int capacity, ElementType elementType) : base(elementType, capacity)
    {
        IsView = true;
        GC.SuppressFinalize(this);
    }

    /// <summary>The elements; valid until the buffer is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public Span<T> Span => new(Pointer, Capacity);

    /// <inheritdoc/>
    public override bool IsView { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> HostBytes => MemoryMarshal.AsBytes(Span);

    /// <summary>Grows with every change a compute makes, so that what was derived from the contents is known to be stale.</summary>
    internal long Version { get; set; }

    /// <summary>What is known of the contents at some <see cref="Version"/>.</summary>
    internal CpuBufferFacts Facts { get; } = new();

    /// <summary>The first element. Callers hold the tensor that holds this buffer, so the finalizer cannot run while they compute.</summary>
    internal T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer == null, this);
            return _pointer;
        }
    }

    /// <summary>A buffer that owns no memory: it has elements once <see cref="Show"/> says where.</summary>
    internal static CpuBuffer<T> CreateView(ElementType elementType, int capacity) => new(capacity, elementType);

    /// <summary>Lets a view show memory that somebody else owns and keeps in its place.</summary>
    internal void Show(ReadOnlySpan<T> source)
    {
        if (!IsView) throw new InvalidOperationException("A buffer with memory of its own shows no other.");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, Capacity);
        _pointer = (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(source));
        Version++;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_pointer == null) return;
        if (IsView)
        {
            _pointer = null;
            return;
        }
        HostMemory.Free(_pointer);
        _pointer = null;
        GC.RemoveMemoryPressure(Bytes);
    }

    /// <summary>Frees the memory of a buffer that nobody disposed.</summary>
    ~CpuBuffer() => Dispose(disposing: false);
}
