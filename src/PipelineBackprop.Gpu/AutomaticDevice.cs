using PipelineBackprop.Compute;

namespace PipelineBackprop.Gpu;

/// <summary>
/// <c>auto</c>: the GPUs of one kind share the stages, each a run of consecutive ones. CUDA goes before OpenCL, which may show the same GPUs again; without
/// any GPU it is the processor. How long each takes for a stage is measured, so that a faster one gets more.
/// </summary>
internal sealed class AutomaticDevice : IDeviceChooser
{
    internal AutomaticDevice(IReadOnlyList<IDevice> devices)
    {
        IDevice[] gpus = [.. devices.Where(device => device.Description is { IsGpu: true, Kind: "cuda" })];
        if (gpus.Length == 0) gpus = [.. devices.Where(device => device.Description.IsGpu)];
        Candidates = gpus.Length > 0 ? gpus : [CpuDevice.Instance];
    }

    public string Name => "auto";

    public bool BuffersOutliveCompute => false;

    public IReadOnlyList<IDevice> Candidates { get; }

    public IReadOnlyList<IDevice> Choose(IReadOnlyList<StageDemand> stages, IReadOnlyList<IReadOnlyList<double>>? seconds = null) =>
        [.. StageSpread.Over([.. Candidates.Select(MemoryOf)], stages, seconds).Select(index => Candidates[index])];

    public ICompute Open(ComputeOptions options) => throw new InvalidOperationException("auto stands for devices to be chosen and cannot be opened itself.");

    // Host memory can be swapped, and a device that does not say is taken to have room.
    private static long MemoryOf(IDevice device) =>
        device.BuffersOutliveCompute || device.Description.MemoryBytes <= 0 ? long.MaxValue : device.Description.MemoryBytes;
}
