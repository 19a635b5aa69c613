using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Training;

namespace PipelineBackprop.Cuda.Tests;

public sealed class CudaAgreementTests : AgreementTests
{
    protected override IDevice Device => CudaBackend.Device(0);

    protected override int Cases => 12;
}

public sealed class CudaComputeTests : ComputeTests
{
    protected override IDevice Device => CudaBackend.Device(0);

    protected override IReadOnlyList<ElementType> Formats => [ElementType.Float32];
}

public sealed class CudaOptimizerTests : OptimizerTests
{
    protected override IDevice Device => CudaBackend.Device(0);

    protected override IReadOnlyList<ElementType> Formats => [ElementType.Float32];
}

public sealed class CudaPipelineTests : DevicePipelineTests
{
    // With one GPU both stages share it.
    protected override IDevice Device(int index) => CudaBackend.Device(Math.Min(index, CudaBackend.Count - 1));
}

public sealed class CudaLossScalingTests : LossScalingTests
{
    protected override IDevice Device => CudaBackend.Device(0);
}

public sealed class CudaTransferTests : DeviceTransferTests
{
    // With one GPU, two contexts on it: the way over the host.
    protected override IDevice Device(int index) => CudaBackend.Device(Math.Min(index, CudaBackend.Count - 1));
}
