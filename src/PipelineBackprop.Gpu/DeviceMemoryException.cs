using System.Globalization;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace PipelineBackprop.Gpu;

/// <summary>A device has no memory left for a buffer. What was taken before stays valid.</summary>
public sealed class DeviceMemoryException : Exception
{
    internal DeviceMemoryException(string device, long bytes, long taken, Exception? inner = null)
        : base(string.Create(
            CultureInfo.InvariantCulture, $"device {device} has no room for {bytes:N0} bytes beside the {taken:N0} taken from it; use smaller micro-batches or more stages"),
            inner)
    { }

    /// <summary>Whether the driver says by this that memory is short: an allocation also reports what failed on the device before.</summary>
    internal static bool IsCausedBy(AcceleratorException fault) => fault switch
    {
        CudaException cuda => cuda.Error == nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY),
        CLException openCl => openCl.Error is CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE or CLError.CL_OUT_OF_RESOURCES or CLError.CL_OUT_OF_HOST_MEMORY or CLError.CL_INVALID_BUFFER_SIZE,
        _ => false,
    };
}
