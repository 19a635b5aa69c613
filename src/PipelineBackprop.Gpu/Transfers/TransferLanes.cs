using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using PipelineBackprop.Gpu.Launches;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>
/// A device's ways in and out, a stream each, beside the stream that computes. A copy waits for nothing but what it needs: the sender's work, and the last work
/// that used its target. Whoever touches a buffer next waits for its copy on the device, not on the host. Used and disposed on the device's thread.
/// </summary>
internal sealed class TransferLanes : IDisposable
{
    private const int Checkpoints = 32;

    private readonly Accelerator _accelerator;
    private readonly LaunchQueue _launches;
    private readonly AcceleratorStream _in, _out;
    private readonly StreamOrder _order;
    private readonly StreamMarks _computed, _arrived, _left;
    private readonly (long Uses, Fence? Fence)[] _checkpoints = new (long, Fence?)[Checkpoints]; // of the computing stream, the newest before _newest
    private readonly HashSet<nint> _peers = []; // contexts whose memory this device may read
    private int _newest;
    private long _uses;
    private long _settled;      // of _uses, those that are done
    private Fence? _received;   // behind the last copy from the host that no wait of the computing stream's is known to be behind

    internal TransferLanes(Accelerator accelerator, LaunchQueue launches, StreamOrder order)
    {
        _accelerator = accelerator;
        _launches = launches;
        _order = order;
        _in = accelerator.CreateStream();
        _out = accelerator.CreateStream();
        _computed = new StreamMarks(order, launches.Stream);
        _arrived = new StreamMarks(order, _in);
        _left = new StreamMarks(order, _out);
    }

    /// <summary>Host memory for exports, page-locked where copies are faster from such.</summary>
    internal unsafe HostBuffer AllocateHost(int capacity)
    {
        var buffer = new HostBuffer(capacity);
        if (_accelerator is CudaAccelerator) buffer.PageLock = _accelerator.CreatePageLockFromPinned<float>((nint)Unsafe.AsPointer(ref buffer.First), capacity);
        return buffer;
    }

    /// <summary>The computing stream is about to use the buffer: it waits for the copy that is in the way.</summary>
    internal void Claim(GpuBuffer buffer)
    {
        buffer.LastUse = ++_uses;
        if (buffer.TakeCopy() is not { } copy) return;
        _launches.Flush();
        _order.Wait(_launches.Stream, copy);
    }

    /// <summary>Copies the first elements of a tensor of this device to host memory, behind everything launched so far.</summary>
    internal void Export(GpuBuffer source, HostBuffer target, int elements)
    {
        _order.Wait(_out, Checkpoint());
        if (source.TakeCopy() is { } arriving) _order.Wait(_out, arriving);
        if (target.TakeReader() is { } reader) _order.Wait(_out, reader);
        using (CPUMemoryBuffer host = CPUMemoryBuffer.Create(_accelerator, ref target.First, elements))
        {
            ArrayView<float> values = host.AsArrayView<float>(0, elements);
            source.View(elements).CopyTo(_out, values);
        }
        Fence done = _left.Set();
        target.Arrival = done;
        source.Copy = done;
    }

    /// <summary>Copies host memory that a device exported to a tensor of this one.</summary>
    internal void Import(HostBuffer source, GpuBuffer target, int elements)
    {
        if (source.Arrival is { } arrival) _order.Wait(_in, arrival);
        AwaitLastUse(target);
        using (CPUMemoryBuffer host = CPUMemoryBuffer.Create(_accelerator, ref source.First, elements))
        {
            ArrayView<float> values = host.AsArrayView<float>(0, elements);
            target.View(elements).CopyFrom(_in, values);
        }
        Fence done = _arrived.Set();
        source.Reader = done;
        target.Copy = done;
    }

    /// <summary>Copies the host's values to the first elements of a tensor of this device; they must stay as they are until <see cref="AwaitReceived"/> is waited for.</summary>
    internal void Receive(ArrayView<float> values, GpuBuffer target)
    {
        AwaitLastUse(target);
        target.View((int)values.Length).CopyFrom(_in, values);
        Fence done = _arrived.Set();
        target.Copy = done;
        _received = done;
    }

    /// <summary>Copies the host's values to the first elements of a tensor of this device and waits for it, but not for what is computed meanwhile.</summary>
    internal void ReceiveAndWait(ReadOnlySpan<float> values, GpuBuffer target)
    {
        AwaitLastUse(target);
        target.View(values.Length).CopyFromCPU(_in, values);
        target.Copy = _arrived.Set();
        _in.Synchronize();
    }

    /// <summary>What is launched from now on, and whoever waits for it, comes behind all that was received.</summary>
    internal void AwaitReceived()
    {
        if (_received is { } received) _order.Wait(_launches.Stream, received);
        _received = null;
    }

    /// <summary>Everything launched to the computing stream so far is done.</summary>
    internal void Settled() => _settled = _uses;

    /// <summary>Whether a tensor of this device can stay where it is, because the receiving device reads it there.</summary>
    internal bool IsReadBy(Compute.IDevice? receiver) =>
        receiver is CudaGpu gpu && _accelerator is CudaAccelerator own && _order is CudaStreamOrder && gpu.DeviceId != own.DeviceId
        && CudaAPI.CurrentAPI.CanAccessPeer(out int can, gpu.DeviceId, own.DeviceId) == CudaError.CUDA_SUCCESS && can != 0;

    /// <summary>Lets a peer read the tensor once everything launched so far is done, and the copy that fills it, if it was not used since.</summary>
    internal void Offer(GpuBuffer source)
    {
        Claim(source);
        source.Offered = Checkpoint();
    }

    /// <summary>Whether the buffer was offered by a device whose memory this one can read.</summary>
    internal bool CanRead(GpuBuffer foreign) => foreign.Accelerator is CudaAccelerator && _accelerator is CudaAccelerator && _order is CudaStreamOrder;

    /// <summary>Copies a tensor of a peer, device to device.</summary>
    internal unsafe void ImportFromPeer(GpuBuffer source, GpuBuffer target, int elements)
    {
        nint peer = source.Accelerator.NativePtr, own = _accelerator.NativePtr;
        _accelerator.Bind();
        // Without it the driver takes the way over the host: slower, not wrong.
        if (_peers.Add(peer)) _ = CudaAPI.CurrentAPI.EnablePeerAccess(peer, 0);
        if (source.Offered is { } offered) _order.Wait(_in, offered);
        AwaitLastUse(target);
        CudaDriver.Require(
            CudaDriver.Instance!.CopyPeer(
                target.View(elements).LoadEffectiveAddressAsPtr(), own, source.View(elements).LoadEffectiveAddressAsPtr(), peer,
                (nuint)elements * sizeof(float), ((CudaStream)_in).StreamPtr),
            "cuMemcpyPeerAsync");
        Fence done = _arrived.Set();
        source.Copy = done;
        target.Copy = done;
    }

    public void Dispose()
    {
        try
        {
            _in.Synchronize();
            _out.Synchronize();
            _launches.Stream.Synchronize();
        }
        finally
        {
            // Whoever waits for a fence later must not ask a driver whose context is gone.
            _computed.Dispose();
            _arrived.Dispose();
            _left.Dispose();
        }
        _in.Dispose();
        _out.Dispose();
    }

    // A buffer that was never used, or was before the host last waited, waits for nothing; otherwise the first checkpoint behind its last use will do, and work launched since goes on.
    private void AwaitLastUse(GpuBuffer target)
    {
        if (target.TakeCopy() is { } copy) _order.Wait(_in, copy);
        if (target.LastUse <= _settled) return;
        for (int i = 0; i < Checkpoints; i++)
        {
            (long uses, Fence? fence) = _checkpoints[(_newest + i) % Checkpoints];
            if (fence is null || uses < target.LastUse) continue;
            _order.Wait(_in, fence);
            return;
        }
        _order.Wait(_in, Checkpoint());
    }

    private Fence Checkpoint()
    {
        _launches.Flush();
        Fence fence = _computed.Set();
        _checkpoints[_newest] = (_uses, fence);
        _newest = (_newest + 1) % Checkpoints;
        return fence;
    }
}
