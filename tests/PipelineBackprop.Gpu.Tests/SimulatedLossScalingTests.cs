using PipelineBackprop.Compute;
using PipelineBackprop.Testing.Training;

namespace PipelineBackprop.Gpu.Tests;

public sealed class SimulatedLossScalingTests : LossScalingTests
{
    protected override IDevice Device { get; } = new SimulatedDevice(0);
}
