using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>Puts work of several streams, on one device or on two, in order without the host waiting. Used on the device's thread.</summary>
internal abstract class StreamOrder
{
    /// <summary>The order of an accelerator's streams, by the events of its driver.</summary>
    internal static StreamOrder Of(Accelerator accelerator) => accelerator switch
    {
        CudaAccelerator cuda when CudaDriver.Instance is { } driver => new CudaStreamOrder(cuda, driver),
        CLAccelerator openCl when ClDriver.Instance is { } driver => new ClStreamOrder(openCl, driver),
        CudaAccelerator or CLAccelerator => new BlockingStreamOrder(),
        _ => new ImmediateStreamOrder(),
    };

    /// <summary>A fence that has still to be set.</summary>
    internal abstract Fence Create();

    /// <summary>
    /// What is launched to the stream from now on runs after the fence. The host waits only for a fence of a device whose driver does not know this one's.
    /// </summary>
    internal abstract void Wait(AcceleratorStream stream, Fence fence);
}
