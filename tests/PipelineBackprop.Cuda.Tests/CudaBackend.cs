using PipelineBackprop.Compute;
using PipelineBackprop.Gpu;

namespace PipelineBackprop.Cuda.Tests;

/// <summary>The NVIDIA GPUs of this machine; a test that needs one more than there are is skipped and says so.</summary>
internal static class CudaBackend
{
    private static readonly IDevice[] s_devices = [.. GpuDevices.List().Where(device => device is CudaGpu)];

    /// <summary>How many there are, at least 1.</summary>
    internal static int Count => Math.Max(1, s_devices.Length);

    internal static IDevice Device(int index)
    {
        Assert.SkipWhen(s_devices.Length <= index, $"There are {s_devices.Length} CUDA GPUs here.");
        return s_devices[index];
    }
}
