using System.Collections.Concurrent;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Transfers;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>A simulated device that fails whatever waits for it from <see cref="IsLost"/> on, as a driver does behind a fault of the hardware.</summary>
internal sealed class LostDevice() : AcceleratorDevice("lost")
{
    private volatile bool _isLost;

    public override DeviceDescription Description { get; } = new("lost", "sim", "", 0, [], "");

    internal bool IsLost { set => _isLost = value; }

    /// <summary>What was opened.</summary>
    internal ConcurrentBag<Accelerator> Opened { get; } = [];

    private protected override Context CreateContext() => Context.Create(builder => builder.CPU(new CPUDevice(2, 2, 1)).Optimize(OptimizationLevel.O0));

    private protected override Accelerator CreateAccelerator(Context context)
    {
        CPUAccelerator accelerator = context.CreateCPUAccelerator(0);
        Opened.Add(accelerator);
        return accelerator;
    }

    private protected override StreamOrder CreateOrder(Accelerator accelerator, AcceleratorStream compute) => new Order(this);

    private void ThrowIfLost()
    {
        if (_isLost) throw new InvalidOperationException("the device is lost");
    }

    private sealed class Order(LostDevice device) : StreamOrder
    {
        internal override void Wait(AcceleratorStream stream, Fence fence) => device.ThrowIfLost();

        internal override Fence Create() => new Failing(device);
    }

    private sealed class Failing(LostDevice device) : Fence
    {
        private protected override void Record(AcceleratorStream stream) => device.ThrowIfLost();

        private protected override void Synchronize() => device.ThrowIfLost();

        private protected override void Free() { }
    }
}
