using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Gpu.Vendor;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Gpu;

/// <summary>An NVIDIA GPU, <c>cuda:0</c>: the driver's library is all that must be there.</summary>
public sealed class CudaGpu : AcceleratorDevice
{
    private readonly int _index;
    private readonly CudaArchitecture? _architecture;

    internal CudaGpu(int index, CudaDevice device) : base(string.Create(CultureInfo.InvariantCulture, $"cuda:{index}"))
    {
        _index = index;
        DeviceId = device.DeviceId;
        _architecture = device.Architecture;
        var capabilities = new List<string>();
        if (device.Architecture is { } architecture)
            capabilities.Add(string.Create(CultureInfo.InvariantCulture, $"compute {architecture.Major}.{architecture.Minor}"));
        capabilities.Add(Counted.Of(device.NumMultiprocessors, "multiprocessor"));
        capabilities.Add("float64");
        if (CuBlasLibrary.Instance is not null) capabilities.AddRange(["tf32", "bf16"]);
        if (CudaGraphDriver.Instance is not null) capabilities.Add("replay");
        Description = new DeviceDescription(Name, "cuda", device.Name, device.MemorySize, capabilities, CuBlasLibrary.Instance?.Name ?? DeviceText.IlgpuKernels, IsGpu: true);
    }

    /// <inheritdoc/>
    public override DeviceDescription Description { get; }

    /// <inheritdoc/>
    public override ScratchModel ForecastScratch(ComputeOptions options) => new GpuScratchModel(
        _architecture is { } architecture ? CuBlasProducts.WorkspaceBytes(architecture) : 0,
        roundsOperands: CuBlasLibrary.Instance is not null && options.Precision == ProductPrecision.Bf16,
        Records(options));

    /// <summary>The driver's number of the GPU.</summary>
    internal int DeviceId { get; }

    private protected override Context CreateContext() => Context.Create(builder => builder.Cuda().Optimize(KernelOptimization));

    private protected override bool CanRecord => CudaGraphDriver.Instance is not null;

    private protected override ILaunchRecorder CreateRecorder(Accelerator accelerator) => new CudaGraphRecorder((CudaAccelerator)accelerator, CudaGraphDriver.Instance!);

    private protected override Accelerator CreateAccelerator(Context context) => context.CreateCudaAccelerator(_index);
}
