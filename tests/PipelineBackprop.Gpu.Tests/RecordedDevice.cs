using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Launches;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>A simulated device whose launches are recorded, by a recorder that keeps them and runs them again.</summary>
internal sealed class RecordedDevice(string name = "recorded") : AcceleratorDevice(name)
{
    public override DeviceDescription Description { get; } = new(name, "sim", "", 0, [], "");

    /// <summary>Counts, and fails where it is told to.</summary>
    internal KeepingRecorder Recorder { get; init; } = new();

    private protected override Context CreateContext() => Context.Create(builder => builder.CPU(new CPUDevice(2, 2, 1)).Optimize(OptimizationLevel.O0));

    private protected override Accelerator CreateAccelerator(Context context) => context.CreateCPUAccelerator(0);

    private protected override bool CanRecord => true;

    private protected override ILaunchRecorder CreateRecorder(Accelerator accelerator) => Recorder;
}
