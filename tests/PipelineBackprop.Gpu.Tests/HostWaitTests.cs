using System.Collections.Concurrent;
using PipelineBackprop.Compute;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>How often the host waits for a device in a step.</summary>
public sealed class HostWaitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0")]
    [InlineData("0,1,0")]
    [InlineData("0,-,1")]
    public async Task A_step_waits_as_often_with_many_micro_batches_as_with_one(string pins)
    {
        long[] waits = [await WaitsAsync(pins, 1), await WaitsAsync(pins, 6)];
        Assert.Equal(waits[0], waits[1]);
        // A stage reads its gradients' squares, if it has parameters, and its findings of NaN; the last one also the losses.
        int stages = pins.Split(',').Count(pin => pin != "-");
        Assert.InRange(waits[0], stages, 2 * stages + 1);
    }

    private static async Task<long> WaitsAsync(string pins, int microBatches)
    {
        Opened[] devices = [new(0), new(1)];
        IDevice[] pinned = [.. pins.Split(',').Select(pin => pin == "-" ? (IDevice)CpuDevice.Instance : devices[int.Parse(pin)])];
        await using Pipeline pipeline = await Data.Network().Stages(pinned.Length).MicroBatches(microBatches).Devices(pinned).BuildAsync(Token);
        await pipeline.TrainStepAsync(Data.Minibatch(1), Token);
        long before = Total();
        await pipeline.TrainStepAsync(Data.Minibatch(2), Token);
        return Total() - before;

        long Total() => devices.SelectMany(device => device.Computes).Sum(compute => compute.HostWaits);
    }

    private sealed class Opened(int index) : IDevice
    {
        private readonly SimulatedDevice _device = new(index);

        public ConcurrentBag<GpuCompute> Computes { get; } = [];

        public string Name => _device.Name;

        public bool BuffersOutliveCompute => false;

        public ICompute Open(ComputeOptions options)
        {
            var compute = (GpuCompute)_device.Open(options);
            Computes.Add(compute);
            return compute;
        }
    }
}
