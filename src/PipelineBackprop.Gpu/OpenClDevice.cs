using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using PipelineBackprop.Compute;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Gpu;

/// <summary>A device of an OpenCL driver with the generic address space (OpenCL 2.0, or 3.0 with that feature), <c>opencl:0</c>: a GPU, or a processor through PoCL.</summary>
public sealed class OpenClDevice : AcceleratorDevice
{
    private readonly int _index;
    private readonly bool _hasFloat64;

    internal OpenClDevice(int index, CLDevice device) : base(string.Create(CultureInfo.InvariantCulture, $"opencl:{index}"))
    {
        _index = index;
        _hasFloat64 = device.Capabilities.Float64;
        string[] capabilities =
        [
            device.CVersion.ToString(),
            Counted.Of(device.NumMultiprocessors, "unit"),
            _hasFloat64 ? "float64" : "no float64",
        ];
        bool isGpu = device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU) && _hasFloat64;
        Description = new DeviceDescription(Name, "opencl", device.Name.Trim('\0', ' '), device.MemorySize, capabilities, DeviceText.IlgpuKernels, isGpu);
    }

    /// <inheritdoc/>
    public override DeviceDescription Description { get; }

    private protected override Context CreateContext()
    {
        if (!_hasFloat64)
            throw new InvalidInputException($"Device '{Name}' ({Description.Product}) has no float64, which sums need: choose another device.");
        return Context.Create(builder => builder.OpenCL().Optimize(KernelOptimization));
    }

    private protected override Accelerator CreateAccelerator(Context context) => context.CreateCLAccelerator(_index);
}
