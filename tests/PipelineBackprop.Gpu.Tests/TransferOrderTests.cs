using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Gpu.Transfers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>What a copy between devices waits for, and who waits for it: no more than is needed for the right numbers, and never the host.</summary>
public sealed class TransferOrderTests
{
    [Fact]
    public void An_export_follows_the_work_before_it_and_the_next_use_of_its_source_follows_the_export()
    {
        using var device = new Bench();
        DeviceTensor source = device.Filled();
        device.Compute.Export(source, device.Host);
        Assert.Equal(["1 on compute", "other1 waits for 1", "2 on other1"], device.TakeLog());
        device.Compute.Fill(source, 2);
        Assert.Equal(["compute waits for 2"], device.TakeLog());
        device.Compute.Fill(source, 3);
        Assert.Empty(device.TakeLog());
    }

    [Fact]
    public void An_import_into_memory_that_was_never_used_waits_for_its_sender_alone()
    {
        using var device = new Bench();
        DeviceTensor exported = device.Compute.Export(device.Filled(), device.Host), target = device.Pool.Rent(Shape.Vector(4), MemoryPurpose.Workspace);
        device.TakeLog();
        device.Compute.Import(exported, target);
        Assert.Equal(["other2 waits for 2", "3 on other2"], device.TakeLog());
        device.Compute.Scale(target, 2, target);
        Assert.Equal(["compute waits for 3"], device.TakeLog());
    }

    [Fact]
    public void An_import_waits_for_the_last_use_of_its_target_but_for_no_later_work()
    {
        using var device = new Bench();
        DeviceTensor target = device.Filled(), other = device.Filled();
        DeviceTensor exported = device.Compute.Export(other, device.Host); // 1 on compute, behind the use of the target; 2 on other1
        device.Compute.Fill(device.Filled(), 7);
        DeviceTensor later = device.Compute.Export(device.Filled(), device.Host); // 3 on compute, 4 on other1
        device.TakeLog();
        device.Compute.Import(later, target);
        Assert.Equal(["other2 waits for 4", "other2 waits for 1", "5 on other2"], device.TakeLog());
        device.Compute.Fill(other, 1);
        device.TakeLog();
        device.Compute.Import(exported, other);
        Assert.Equal(["other2 waits for 2", "6 on compute", "other2 waits for 6", "7 on other2"], device.TakeLog());
    }

    [Fact]
    public void Host_memory_is_not_overwritten_before_it_has_been_read()
    {
        using var device = new Bench();
        DeviceTensor exported = device.Compute.Export(device.Filled(), device.Host);
        device.Compute.Import(exported, device.Filled());
        exported.Release();
        device.TakeLog();
        Assert.Same(exported, device.Compute.Export(device.Filled(), device.Host));
        Assert.Equal(["5 on compute", "other1 waits for 5", "other1 waits for 4", "6 on other1"], device.TakeLog());
    }

    [Fact]
    public void A_large_upload_waits_for_the_last_use_of_its_target_and_the_next_use_for_the_upload()
    {
        using var device = new Bench();
        var values = new float[UploadStaging.WorthItsStream];
        DeviceTensor target = device.Pool.Rent(Shape.Vector(values.Length), MemoryPurpose.Workspace), other = device.Filled();
        device.Compute.Upload(values, target);
        Assert.Equal(["1 on other1"], device.TakeLog());
        device.Compute.Fill(other, 1);
        Assert.Empty(device.TakeLog());
        device.Compute.Fill(target, 1);
        Assert.Equal(["compute waits for 1"], device.TakeLog());
        device.Compute.Upload(values, target);
        Assert.Equal(["2 on compute", "other1 waits for 2", "3 on other1"], device.TakeLog());
        // The blocks that uploads lie in are used again behind a wait of the host.
        device.Compute.SumOfSquares(other);
        Assert.Equal(["compute waits for 3"], device.TakeLog());
        // What was used before that wait is done.
        device.Compute.Upload(values, target);
        Assert.Equal(["other1 waits for 3", "4 on other1"], device.TakeLog());
        device.Compute.SumOfSquares(target);
        device.TakeLog();
        device.Compute.Upload(values, target);
        Assert.Equal(["5 on other1"], device.TakeLog());
    }

    [Fact]
    public void A_small_upload_goes_in_line_with_what_is_computed()
    {
        using var device = new Bench();
        DeviceTensor target = device.Filled();
        device.Compute.Upload(new float[4], target);
        device.Compute.Fill(target, 1);
        Assert.Empty(device.TakeLog());
    }

    [Fact]
    public void A_peer_that_is_offered_what_has_just_arrived_waits_for_its_copy()
    {
        using Context context = Context.Create(builder => builder.CPU(new CPUDevice(2, 2, 1)));
        using CPUAccelerator accelerator = context.CreateCPUAccelerator(0);
        using AcceleratorStream compute = accelerator.CreateStream();
        var order = new RecordingOrder(compute);
        using var lanes = new TransferLanes(accelerator, new LaunchQueue("recorded", compute, recorder: null), order);
        using var buffer = new GpuBuffer(accelerator, capacity: 4, () => { }, _ => { });
        using CPUMemoryBuffer host = CPUMemoryBuffer.Create(accelerator, 4, sizeof(float));
        lanes.Receive(host.AsArrayView<float>(0, 4), buffer);
        // As a layer that gives on what it is given: nothing has used it in between.
        lanes.Offer(buffer);
        Assert.Equal(["1 on other1", "compute waits for 1", "2 on compute"], order.Log);
    }

    [Fact]
    public void The_host_waits_when_it_reads_what_was_exported()
    {
        using var device = new Bench();
        DeviceTensor exported = device.Compute.Export(device.Filled(), device.Host);
        device.TakeLog();
        Assert.Equal(16, ((IHostReadable)exported.Buffer).HostBytes[..16].Length);
        Assert.Equal(["host waits for 2"], device.TakeLog());
    }

    [Fact]
    public void A_fence_of_a_closed_device_is_waited_for_no_longer()
    {
        DeviceTensor exported;
        var device = new Bench();
        using (device) exported = device.Compute.Export(device.Filled(), device.Host);
        device.TakeLog();
        Assert.Equal(16, ((IHostReadable)exported.Buffer).HostBytes[..16].Length);
        Assert.Empty(device.TakeLog());
        exported.Release();
    }

    // A device that says what it waits for, with pools.
    private sealed class Bench : AcceleratorDevice, IDisposable
    {
        private RecordingOrder? _order;

        internal Bench() : base("recorded")
        {
            Compute = Open(new ComputeOptions());
            Pool = new TensorPool(Compute.Allocate, new MemoryLedger().Open("test"));
            Host = new TensorPool(Compute.AllocateHost, new MemoryLedger().Open("host"));
        }

        public override DeviceDescription Description { get; } = new("recorded", "sim", "", 0, [], "");

        internal ICompute Compute { get; }

        internal TensorPool Pool { get; }

        internal TensorPool Host { get; }

        public void Dispose()
        {
            Pool.Dispose();
            Host.Dispose();
            Compute.Dispose();
        }

        internal DeviceTensor Filled()
        {
            DeviceTensor tensor = Pool.Rent(Shape.Vector(4), MemoryPurpose.Workspace);
            Compute.Fill(tensor, 1);
            return tensor;
        }

        internal string[] TakeLog()
        {
            string[] log = [.. _order!.Log];
            _order.Log.Clear();
            return log;
        }

        private protected override Context CreateContext() => Context.Create(builder => builder.CPU(new CPUDevice(2, 2, 1)));

        private protected override Accelerator CreateAccelerator(Context context) => context.CreateCPUAccelerator(0);

        private protected override StreamOrder CreateOrder(Accelerator accelerator, AcceleratorStream compute) => _order = new RecordingOrder(compute);
    }
}
