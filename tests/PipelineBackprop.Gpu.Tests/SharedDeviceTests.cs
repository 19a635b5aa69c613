using System.Collections.Concurrent;
using PipelineBackprop.Compute;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Several stages pinned to one device.</summary>
public sealed class SharedDeviceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0,0,0")]
    [InlineData("0,-,0")]
    [InlineData("0,0,1")]
    [InlineData("-,1,1")]
    public async Task Stages_on_one_device_train_as_on_the_cpu(string pins)
    {
        Counted[] devices = [new(0), new(1)];
        IDevice[] pinned = [.. pins.Split(',').Select(pin => pin == "-" ? (IDevice)CpuDevice.Instance : devices[int.Parse(pin)])];
        await using Pipeline reference = await BuildAsync([CpuDevice.Instance]);
        await using (Pipeline pipeline = await BuildAsync(pinned))
        {
            for (ulong step = 0; step < 4; step++)
            {
                StepResult expected = await reference.TrainStepAsync(Data.Minibatch(step), Token), actual = await pipeline.TrainStepAsync(Data.Minibatch(step), Token);
                Assert.Equal(expected.Objective, actual.Objective, 1e-5 * expected.Objective);
                Assert.Equal(expected.GradientNorm, actual.GradientNorm, 1e-5 * expected.GradientNorm);
            }
            // Prediction sends tensors over the same boundaries.
            Assert.Equal(
                (await reference.EvaluateAsync(Data.Minibatch(9), Token)).Loss, (await pipeline.EvaluateAsync(Data.Minibatch(9), Token)).Loss, 1e-5);
        }
        foreach (Counted device in devices) Assert.Equal(pinned.Contains(device) ? 1 : 0, device.Threads.Count);
    }

    [Fact]
    public async Task A_failing_stage_on_a_shared_device_leaves_the_others_usable()
    {
        await using Pipeline pipeline = await BuildAsync([new SimulatedDevice(0)]);
        Minibatch good = Data.Minibatch(1);
        StepResult before = await pipeline.TrainStepAsync(good, Token);
        var infinite = new float[good.Inputs.Length];
        Array.Fill(infinite, float.PositiveInfinity);
        await Assert.ThrowsAsync<Stages.PipelineException>(() => pipeline.TrainStepAsync(new Minibatch(infinite, good.Targets, good.Count), Token));
        Assert.True((await pipeline.TrainStepAsync(good, Token)).Loss < before.Loss);
    }

    private static Task<Pipeline> BuildAsync(IDevice[] devices) => Data.Network().Stages(3).MicroBatches(3).Devices(devices).BuildAsync(Token);

    // Counts who opens it.
    private sealed class Counted(int index) : IDevice
    {
        private readonly SimulatedDevice _device = new(index);

        public ConcurrentBag<int> Threads { get; } = [];

        public string Name => _device.Name;

        public bool BuffersOutliveCompute => false;

        public ICompute Open(ComputeOptions options)
        {
            Threads.Add(Environment.CurrentManagedThreadId);
            return _device.Open(options);
        }
    }
}
