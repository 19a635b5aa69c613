using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Training;

namespace PipelineBackprop.OpenCl.Tests;

public sealed class OpenClAgreementTests : AgreementTests
{
    protected override IDevice Device => OpenClBackend.Device(0);

    protected override int Cases => 12;
}

public sealed class OpenClComputeTests : ComputeTests
{
    protected override IDevice Device => OpenClBackend.Device(1);

    protected override IReadOnlyList<ElementType> Formats => [ElementType.Float32];
}

public sealed class OpenClOptimizerTests : OptimizerTests
{
    protected override IDevice Device => OpenClBackend.Device(0);

    protected override IReadOnlyList<ElementType> Formats => [ElementType.Float32];
}

public sealed class OpenClPipelineTests : DevicePipelineTests
{
    protected override IDevice Device(int index) => OpenClBackend.Device(index);
}

public sealed class OpenClTransferTests : DeviceTransferTests
{
    protected override IDevice Device(int index) => OpenClBackend.Device(index);
}
