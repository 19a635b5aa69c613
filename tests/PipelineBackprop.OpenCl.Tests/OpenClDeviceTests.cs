using PipelineBackprop.Compute;
using PipelineBackprop.Gpu;

namespace PipelineBackprop.OpenCl.Tests;

public sealed class OpenClDeviceTests
{
    [Fact]
    public void Description_EveryDevice_SaysWhatItIs()
    {
        for (int index = 0; index < 2; index++)
        {
            DeviceDescription description = OpenClBackend.Device(index).Description;
            Assert.Equal(($"opencl:{index}", "opencl"), (description.Name, description.Kind));
            Assert.NotEqual("", description.Product);
            Assert.True(description.MemoryBytes > 1 << 20);
            Assert.Contains("float64", description.Capabilities);
            Assert.Same(OpenClBackend.Device(index), DeviceCatalog.Find(description.Name));
        }
    }
}
