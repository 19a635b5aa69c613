using System.Collections.Concurrent;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using PipelineBackprop.Compute;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>A driver must not be in use any more when its pipeline is gone: the process may end at once.</summary>
public sealed class ClosingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disposed_pipeline_has_closed_its_devices()
    {
        Watched[] devices = [new(), new()];
        Pipeline pipeline = await Data.Network().Stages(3).MicroBatches(3).Devices(devices[0], devices[1], devices[1]).BuildAsync(Token);
        await pipeline.TrainStepAsync(Data.Minibatch(1), Token);
        Assert.All(devices, device => Assert.False(Assert.Single(device.Opened).IsDisposed));
        await pipeline.DisposeAsync();
        Assert.All(devices, device => Assert.True(Assert.Single(device.Opened).IsDisposed));
    }

    [Fact]
    public async Task A_pipeline_that_cannot_be_built_has_closed_the_devices_it_opened()
    {
        var device = new Watched(bytes: 2000);
        await Assert.ThrowsAnyAsync<Exception>(() => Data.Network().Stages(2).Devices(CpuDevice.Instance, device).BuildAsync(Token));
        Assert.True(Assert.Single(device.Opened).IsDisposed);
    }

    [Fact]
    public async Task A_pipeline_that_lost_its_device_has_closed_it_all_the_same()
    {
        var device = new LostDevice();
        Pipeline pipeline = await Data.Network().Stages(2).MicroBatches(3).Devices(device, CpuDevice.Instance).BuildAsync(Token);
        await pipeline.TrainStepAsync(Data.Minibatch(1), Token);
        // The memory of what was sent to the processor can no longer be waited for.
        device.IsLost = true;
        await pipeline.DisposeAsync();
        Assert.True(Assert.Single(device.Opened).IsDisposed);
    }

    [Fact]
    public void A_compute_that_lost_its_device_closes_it_and_nobody_waits_for_it_any_more()
    {
        var device = new LostDevice();
        ICompute compute = device.Open(new ComputeOptions());
        var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        var host = new TensorPool(compute.AllocateHost, new MemoryLedger().Open("host"));
        DeviceTensor tensor = pool.Rent(Shape.Vector(UploadStaging.WorthItsStream), MemoryPurpose.Workspace);
        compute.Upload(new float[tensor.ElementCount], tensor);
        DeviceTensor exported = compute.Export(tensor, host);
        device.IsLost = true;
        Assert.Throws<InvalidOperationException>(compute.Dispose);
        Assert.True(Assert.Single(device.Opened).IsDisposed);
        Assert.Equal(exported.Buffer.Bytes, ((IHostReadable)exported.Buffer).HostBytes.Length);
        exported.Release();
        host.Dispose();
    }

    [Fact]
    public async Task A_thread_has_ended_when_what_it_held_is_closed()
    {
        using var closing = new ManualResetEventSlim();
        var thread = new StageThread("closing", () => closing.Wait(Token));
        thread.Dispose();
        Assert.False(thread.Ended.IsCompleted);
        closing.Set();
        await thread.Ended.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    // Shows what was opened.
    private sealed class Watched(long bytes = long.MaxValue) : AcceleratorDevice("watched")
    {
        public ConcurrentBag<Accelerator> Opened { get; } = [];

        public override DeviceDescription Description { get; } = new("watched", "sim", "", 0, [], "");

        private protected override long MemoryLimit => bytes;

        private protected override Context CreateContext() => Context.Create(builder => builder.CPU(new CPUDevice(2, 2, 1)));

        private protected override Accelerator CreateAccelerator(Context context)
        {
            CPUAccelerator accelerator = context.CreateCPUAccelerator(0);
            Opened.Add(accelerator);
            return accelerator;
        }
    }
}
