using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>Order by CUDA events, which hold between the devices of a machine.</summary>
internal sealed unsafe class CudaStreamOrder(CudaAccelerator accelerator, CudaDriver driver) : StreamOrder
{
    internal override void Wait(AcceleratorStream stream, Fence fence)
    {
        if (fence is CudaFence)
        {
            accelerator.Bind();
            fence.Use(WaitForEvent, stream);
        }
        else
        {
            fence.WaitOnHost();
        }
    }

    internal override Fence Create() => new CudaFence(accelerator, driver);

    private static void WaitForEvent(Fence fence, AcceleratorStream stream) => ((CudaFence)fence).WaitForEvent(stream);

    private sealed class CudaFence : Fence
    {
        private readonly CudaAccelerator _accelerator;
        private readonly CudaDriver _driver;
        private readonly nint _event;

        internal CudaFence(CudaAccelerator accelerator, CudaDriver driver)
        {
            _accelerator = accelerator;
            _driver = driver;
            accelerator.Bind();
            CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.CreateEvent(out _event, CudaEventFlags.CU_EVENT_DISABLE_TIMING));
        }

        internal void WaitForEvent(AcceleratorStream stream) =>
            CudaDriver.Require(_driver.StreamWaitEvent(((CudaStream)stream).StreamPtr, _event, 0), "cuStreamWaitEvent");

        private protected override void Record(AcceleratorStream stream)
        {
            _accelerator.Bind();
            CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.RecordEvent(_event, ((CudaStream)stream).StreamPtr));
        }

        // The waiting thread may have no context, or that of its own device.
        private protected override void Synchronize()
        {
            CudaDriver.Require(_driver.PushContext(_accelerator.NativePtr), "cuCtxPushCurrent");
            try
            {
                CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.SynchronizeEvent(_event));
            }
            finally
            {
                nint popped;
                _ = _driver.PopContext(&popped);
            }
        }

        private protected override void Free()
        {
            _accelerator.Bind();
            _ = CudaAPI.CurrentAPI.DestroyEvent(_event);
        }
    }
}
