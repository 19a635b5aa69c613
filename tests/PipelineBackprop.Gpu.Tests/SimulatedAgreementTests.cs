using PipelineBackprop.Compute;
using PipelineBackprop.Testing.Compute;

namespace PipelineBackprop.Gpu.Tests;

public sealed class SmallGroupsAgreementTests : AgreementTests
{
    protected override IDevice Device { get; } = new SimulatedDevice(0, new SimulatedDeviceOptions(WarpSize: 2, WarpsPerMultiprocessor: 1));

    protected override int Cases => 1;
}

public sealed class LargeGroupsAgreementTests : AgreementTests
{
    protected override IDevice Device { get; } = new SimulatedDevice(1, new SimulatedDeviceOptions(WarpSize: 4, WarpsPerMultiprocessor: 2, Multiprocessors: 2));

    protected override int Cases => 1;

    protected override ulong Seed => 6;
}
