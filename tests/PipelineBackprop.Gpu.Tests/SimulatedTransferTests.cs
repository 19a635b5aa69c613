using PipelineBackprop.Compute;
using PipelineBackprop.Testing.Compute;

namespace PipelineBackprop.Gpu.Tests;

public sealed class SimulatedTransferTests : DeviceTransferTests
{
    protected override IDevice Device(int index) => GpuDevices.Find($"sim:{index}");

    // A thread of the host an element: it is slow.
    protected override IReadOnlyList<int> Lengths { get; } = [1, 300];

    protected override IReadOnlyList<int> UploadedLengths { get; } = [100, UploadStaging.WorthItsStream];
}
