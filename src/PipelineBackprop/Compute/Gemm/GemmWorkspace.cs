using PipelineBackprop.Compute.Cpu;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The packing buffers of matrix products: one native block, 64-byte aligned, that grows to the largest product asked of it and is
/// used again by the next. One product at a time; not thread-safe.
/// </summary>
internal sealed unsafe class GemmWorkspace : IDisposable
{
    private byte* _memory;
    private bool _disposed;

    /// <summary>Bytes held now.</summary>
    public long Bytes { get; private set; }

    /// <summary>Gives the memory back. A second call does nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>A block of at least <paramref name="bytes"/> bytes, contents undefined, valid until the next call.</summary>
    /// <exception cref="ObjectDisposedException">The workspace is disposed.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such block; the workspace is empty then.</exception>
    internal byte* Reserve(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (bytes > Bytes)
        {
            Release();
            _memory = (byte*)HostMemory.Allocate(checked((nuint)bytes));
            Bytes = bytes;
        }
        return _memory;
    }

    private void Release()
    {
        HostMemory.Free(_memory);
        _memory = null;
        Bytes = 0;
    }

    /// <summary>Frees the memory of a workspace that nobody disposed.</summary>
    ~GemmWorkspace() => Release();
}
