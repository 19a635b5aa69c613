using System.Globalization;
using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using PipelineBackprop.Compute;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Gpu;

/// <summary>
/// ILGPU's simulated GPU: the same kernels on threads of the host. It finds mistakes on machines without a GPU and is far slower than the CPU device.
/// </summary>
public sealed class SimulatedDevice : AcceleratorDevice
{
    private readonly SimulatedDeviceOptions _options;

    /// <summary>Describes the device; nothing is created before it is opened.</summary>
    /// <param name="index">Number in the name <c>sim:0</c>, at least 0.</param>
    /// <param name="options">Warp and group sizes; default 2 × 2 threads on one multiprocessor.</param>
    public SimulatedDevice(int index, SimulatedDeviceOptions? options = null)
        : base(string.Create(CultureInfo.InvariantCulture, $"sim:{index}"))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        _options = options ?? new SimulatedDeviceOptions();
        if (_options.WarpSize < 2 || !BitOperations.IsPow2(_options.WarpSize))
            throw new ArgumentException($"A warp has a power of two of at least 2 threads, got {_options.WarpSize}.", nameof(options));
        if (_options.WarpsPerMultiprocessor < 1 || !BitOperations.IsPow2(_options.WarpsPerMultiprocessor))
            throw new ArgumentException($"A multiprocessor has a power of two of warps, got {_options.WarpsPerMultiprocessor}.", nameof(options));
        if (_options.Multiprocessors < 1) throw new ArgumentException($"A device has at least 1 multiprocessor, got {_options.Multiprocessors}.", nameof(options));
        if (_options.MemoryBytes < 1) throw new ArgumentException($"A device has at least 1 byte of memory, got {_options.MemoryBytes}.", nameof(options));
    }

    /// <inheritdoc/>
    public override DeviceDescription Description => new(
        Name, "sim", "ILGPU on host threads", _options.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        [
            Counted.Of(_options.Multiprocessors, "multiprocessor"),
            string.Create(CultureInfo.InvariantCulture, $"groups of {_options.WarpSize * _options.WarpsPerMultiprocessor}"),
            "float64",
        ],
        DeviceText.IlgpuKernels);

    private protected override long MemoryLimit => _options.MemoryBytes ?? long.MaxValue;

    private protected override Context CreateContext()
    {
        var shape = new CPUDevice(_options.WarpSize, _options.WarpsPerMultiprocessor, _options.Multiprocessors);
        // Each opened device compiles its kernels anew, and optimising them takes longer than it saves here.
        return Context.Create(builder => builder.CPU(shape).Optimize(OptimizationLevel.O0));
    }

    private protected override Accelerator CreateAccelerator(Context context) => context.CreateCPUAccelerator(0);
}
