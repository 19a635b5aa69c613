using PipelineBackprop.Compute;

namespace PipelineBackprop.Gpu;

/// <summary>
/// <c>auto</c>: the GPUs of one kind share the stages, each a run of consecutive ones. CUDA goes before OpenCL, which may show the same GPUs again; without
/// any GPU it is the processor.
/// </summary>
internal sealed class AutomaticDevice(IReadOnlyList<IDevice> devices) : IDeviceChooser
{
    public string Name => "auto";

    public bool BuffersOutliveCompute => false;

    public IReadOnlyList<IDevice> Choose(IReadOnlyList<StageDemand> stages)
    {
        IDevice[] gpus = [.. devices.Where(device => device.Description is { IsGpu: true, Kind: "cuda" })];
        if (gpus.Length == 0) gpus = [.. devices.Where(device => device.Description.IsGpu)];
        if (gpus.Length == 0) return [.. stages.Select(_ => CpuDevice.Instance)];
        int[] chosen = StageSpread.Over([.. gpus.Select(gpu => gpu.Description.MemoryBytes)], stages);
        return [.. chosen.Select(index => gpus[index])];
    }

    public ICompute Open(ComputeOptions options) => throw new InvalidOperationException("auto stands for devices to be chosen and cannot be opened itself.");
}
