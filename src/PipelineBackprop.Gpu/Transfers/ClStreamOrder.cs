using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>
/// Order by OpenCL events. They hold within one context, and every pipeline opens a context a device: for another device's fence the host waits.
/// </summary>
internal sealed unsafe class ClStreamOrder(CLAccelerator accelerator, ClDriver driver) : StreamOrder
{
    internal override void Wait(AcceleratorStream stream, Fence fence)
    {
        if (fence is ClFence own && ReferenceEquals(own.Accelerator, accelerator)) fence.Use(EnqueueBarrier, stream);
        else fence.WaitOnHost();
    }

    internal override Fence Create() => new ClFence(accelerator, driver);

    private static void EnqueueBarrier(Fence fence, AcceleratorStream stream) => ((ClFence)fence).EnqueueBarrier(stream);

    private sealed class ClFence(CLAccelerator accelerator, ClDriver driver) : Fence
    {
        private nint _event;

        internal CLAccelerator Accelerator => accelerator;

        internal void EnqueueBarrier(AcceleratorStream stream)
        {
            nint waited = _event;
            if (waited != 0) ClDriver.Require(driver.Barrier(((CLStream)stream).CommandQueue, 1, &waited, null), "clEnqueueBarrierWithWaitList");
        }

        private protected override void Record(AcceleratorStream stream)
        {
            Free();
            nint queue = ((CLStream)stream).CommandQueue, marker;
            ClDriver.Require(driver.Marker(queue, 0, null, &marker), "clEnqueueMarkerWithWaitList");
            _event = marker;
            // A queue that nobody flushes may never begin, and another queue waits for it.
            ClDriver.Require(driver.Flush(queue), "clFlush");
        }

        private protected override void Synchronize()
        {
            nint waited = _event;
            if (waited != 0) ClDriver.Require(driver.WaitForEvents(1, &waited), "clWaitForEvents");
        }

        private protected override void Free()
        {
            if (_event != 0) _ = driver.ReleaseEvent(_event);
            _event = 0;
        }
    }
}
