using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>What has been measured is not measured again, but for another size of micro-batch or other stages at work.</summary>
public sealed class ProfileStoreTests
{
    private static readonly PipelineOptions s_options = new() { Layers = [new DenseLayer(4, 4), new DenseLayer(4, 4)] };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Transfers_AreMeasuredForEachSizeOfMicroBatch()
    {
        IDevice[] devices = [new NamedDevice("a"), new NamedDevice("b")];
        var profiler = new MadeUpProfiler(s_options);
        var store = new ProfileStore(profiler);
        foreach (int rows in (int[])[8, 16, 8])
        {
            PipelineProfile profile = await store.OfAsync(devices, rows, DeviceSharing.None(2), Token);
            Assert.Equal(1e-6 * rows, profile.Transfer(0, 0, 1).Receive);
        }
        Assert.Equal(["a to b", "b to a", "a to b", "b to a"], profiler.Links);
        Assert.Equal([("a", 8, 1), ("b", 8, 1), ("a", 16, 1), ("b", 16, 1)], profiler.Measured);
    }

    [Fact]
    public async Task Layers_AreMeasuredForEachNumberOfStagesAtWork()
    {
        IDevice[] devices = [CpuDevice.Instance, CpuDevice.Instance];
        var profiler = new MadeUpProfiler(s_options);
        var store = new ProfileStore(profiler);
        foreach (int cores in (int[])[2, 1, 2]) await store.OfAsync(devices, 8, new DeviceSharing([0, 1], [null, null], [0, 0], [cores]), Token);
        Assert.Equal([("cpu", 8, 2), ("cpu", 8, 1)], profiler.Measured);
        Assert.Equal(["cpu"], profiler.Engines);
    }
}
