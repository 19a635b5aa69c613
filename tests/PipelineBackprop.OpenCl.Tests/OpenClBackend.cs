using PipelineBackprop.Compute;
using PipelineBackprop.Gpu;

namespace PipelineBackprop.OpenCl.Tests;

/// <summary>The OpenCL devices of this machine; a test that needs one more than there are is skipped and says so.</summary>
internal static class OpenClBackend
{
    internal static IDevice Device(int index)
    {
        IDevice[] devices = [.. GpuDevices.List().Where(device => device is OpenClDevice)];
        Assert.SkipWhen(devices.Length <= index, $"There are {devices.Length} OpenCL devices; tests/opencl-root.sh run gives two by PoCL.");
        return devices[index];
    }
}
