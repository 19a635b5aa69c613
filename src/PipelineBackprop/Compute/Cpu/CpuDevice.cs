using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>The processor of this machine, <c>cpu</c> in a run file. Every stage opens its own compute on it. Thread-safe.</summary>
public sealed class CpuDevice : IDevice
{
    /// <summary>The one processor.</summary>
    public static CpuDevice Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public bool BuffersOutliveCompute => true;

    bool IDevice.LendsThreads => true;

    /// <inheritdoc/>
    public int PackedElements(Shape weight, WeightUse use, ElementType elementType) => elementType == ElementType.Float64
        ? WeightPacking<double>.Elements(weight, use)
        : WeightPacking<float>.Elements(weight, use);

    /// <inheritdoc/>
    public bool ReadsHostMemory(ElementType elementType) => elementType == ElementType.Float32;

    /// <inheritdoc/>
    public ScratchModel ForecastScratch(ComputeOptions options) => options.ElementType == ElementType.Float64
        ? new CpuScratchModel<double>(options.Threads, options.Exchange is not null)
        : new CpuScratchModel<float>(options.Threads, options.Exchange is not null);

    /// <inheritdoc/>
    public DeviceDescription Description => new(
        Name, "cpu", "processor", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        [VectorUnit, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores"), "float64"], "built in");

    private static string VectorUnit => Vector512.IsHardwareAccelerated ? "AVX-512"
        : Fma.IsSupported ? "AVX2"
        : Vector128.IsHardwareAccelerated ? "128-bit vectors"
        : "no vectors";

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="ComputeOptions.Threads"/> is below 1.</exception>
    public ICompute Open(ComputeOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        return options.ElementType == ElementType.Float64
            ? new CpuCompute<double>(ElementType.Float64, options.Threads, options.Exchange)
            : new CpuCompute<float>(ElementType.Float32, options.Threads, options.Exchange);
    }

    /// <summary>Opens a compute that works with threads of somebody else's, or with its caller's alone.</summary>
    internal static ICompute Open(ElementType elementType, ThreadTeam? team) => elementType == ElementType.Float64
        ? new CpuCompute<double>(ElementType.Float64, team)
        : new CpuCompute<float>(ElementType.Float32, team);
}
