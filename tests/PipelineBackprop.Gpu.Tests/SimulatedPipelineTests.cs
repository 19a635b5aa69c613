using PipelineBackprop.Compute;
using PipelineBackprop.Testing.Training;

namespace PipelineBackprop.Gpu.Tests;

public sealed class SimulatedPipelineTests : DevicePipelineTests
{
    // Two group sizes in one pipeline.
    private readonly SimulatedDevice[] _devices = [new(0), new(1, new SimulatedDeviceOptions(WarpSize: 4, WarpsPerMultiprocessor: 2))];

    protected override IDevice Device(int index) => _devices[index];
}
