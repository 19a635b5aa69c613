using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>
/// A point in a stream that other streams, other devices and the host can wait for. It may be set again further on in the same stream: whoever waits
/// then waits longer than needed, never too short. Set on the device's thread, waited for from any.
/// </summary>
internal abstract class Fence
{
    private readonly Lock _lock = new();
    private bool _closed; // guarded by _lock: the device is gone, and before that all its work was done

    /// <summary>Sets the fence behind everything launched to the stream so far.</summary>
    internal void Set(AcceleratorStream stream)
    {
        lock (_lock) Record(stream);
    }

    /// <summary>Runs a wait of another stream while the fence can be neither set again nor closed.</summary>
    internal void Use(Action<Fence, AcceleratorStream> wait, AcceleratorStream stream)
    {
        lock (_lock)
            if (!_closed) wait(this, stream);
    }

    /// <summary>Blocks the calling thread until what lies before the fence is done.</summary>
    internal void WaitOnHost()
    {
        lock (_lock)
            if (!_closed) Synchronize();
    }

    /// <summary>Frees the fence, once everything before it is done.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
            Free();
        }
    }

    private protected abstract void Record(AcceleratorStream stream);

    private protected abstract void Synchronize();

    private protected abstract void Free();
}
