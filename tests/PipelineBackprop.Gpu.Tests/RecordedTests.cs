using PipelineBackprop.Compute;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Training;

namespace PipelineBackprop.Gpu.Tests;

// What holds for a device holds for one whose launches wait to be replayed.
public sealed class RecordedPipelineTests : DevicePipelineTests
{
    private readonly RecordedDevice[] _devices = [new("recorded:0"), new("recorded:1")];

    protected override IDevice Device(int index) => _devices[index];

    public static new TheoryData<string, string> Pins() => new()
    {
        { "0 0", "1f1b" },
        { "0 -", "interleaved-1f1b" },
        { "0 1", "zb-v" },
        { "0 1", "pipedream-2bw" },
    };
}

public sealed class RecordedTransferTests : DeviceTransferTests
{
    private readonly RecordedDevice[] _devices = [new("recorded:0"), new("recorded:1")];

    protected override IDevice Device(int index) => _devices[index];

    protected override IReadOnlyList<int> Lengths { get; } = [1, 300];

    protected override IReadOnlyList<int> UploadedLengths { get; } = [100, UploadStaging.WorthItsStream];
}

public sealed class RecordedAgreementTests : AgreementTests
{
    protected override IDevice Device { get; } = new RecordedDevice();

    protected override int Cases => 1;

    // The kernels are those of the simulated device; what is new is when they are launched.
    protected override int LongestSide => 40;
}
