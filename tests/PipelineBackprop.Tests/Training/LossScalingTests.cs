using PipelineBackprop.Compute;

namespace PipelineBackprop.Tests.Training;

public sealed class LossScalingTests : Testing.Training.LossScalingTests
{
    protected override IDevice Device => CpuDevice.Instance;
}
