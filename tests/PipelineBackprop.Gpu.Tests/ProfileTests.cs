using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>A mixed pipeline is planned from what each of its devices takes.</summary>
public sealed class ProfileTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ProfileAsync_ProcessorAndDevice_MeasuresBothAndTheWayBetween()
    {
        var device = new SimulatedDevice(0);
        PipelineOptions options = Options([CpuDevice.Instance, device, CpuDevice.Instance]);
        var planner = new PipelinePlanner(options);

        PipelineProfile profile = await planner.ProfileAsync(2, Token);
        PipelinePlan plan = await planner.AsConfiguredAsync(4, Token);

        Assert.Equal(["cpu", "sim:0"], profile.Models.Select(model => model.Device));
        Assert.Equal(["cpu", "sim:0", "cpu"], Enumerable.Range(0, 3).Select(stage => profile.Of(stage).Device));
        // Every kernel of the simulated device takes many times what the processor does for a layer this small.
        Assert.All(profile.Models[0].Layers.Zip(profile.Models[1].Layers), pair => Assert.True(pair.First.Forward < pair.Second.Forward));
        Assert.Equal([(0, 1), (1, 0)], profile.Links.Select(link => (link.From, link.To)));
        Assert.All(profile.Links.SelectMany(link => link.Outputs), time => Assert.InRange(time.Send + time.Receive, 0, 1));
        Assert.Contains(profile.Links.SelectMany(link => link.Outputs), time => time.Send + time.Receive > 0);
        Assert.True(plan.Stages[1].Busy > plan.Stages[0].Busy && plan.Stages[1].Busy > plan.Stages[2].Busy);
    }

    private static PipelineOptions Options(IDevice[] devices) => new()
    {
        Layers = [.. Enumerable.Range(0, 3).Select(_ => new DenseLayer(8, 8, Activation.Relu))],
        Stages = devices.Length,
        MicroBatches = 2,
        Devices = devices,
    };
}
