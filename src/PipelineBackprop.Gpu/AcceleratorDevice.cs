using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Gpu.Transfers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

/// <summary>
/// A device that ILGPU drives. Each <see cref="Open"/> creates a context and an accelerator of its own; both, and every buffer, belong to the
/// opening thread: use from another thread is not supported and not checked. Computes in float32 only.
/// </summary>
public abstract class AcceleratorDevice : Compute.IDevice
{
    /// <summary>What GPUs' kernels are compiled with: only this level tells CUDA that their operands lie in global memory.</summary>
    internal const OptimizationLevel KernelOptimization = OptimizationLevel.O2;

    private protected AcceleratorDevice(string name) => Name = name;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public abstract DeviceDescription Description { get; }

    /// <summary>False: the memory goes with the accelerator.</summary>
    public bool BuffersOutliveCompute => false;

    /// <summary>The most bytes that a compute may take from the device.</summary>
    private protected virtual long MemoryLimit => long.MaxValue;

    /// <inheritdoc/>
    public virtual ScratchModel ForecastScratch(ComputeOptions options) => new GpuScratchModel(vendorWorkspace: 0, roundsOperands: false, Records(options));

    /// <inheritdoc/>
    /// <exception cref="InvalidInputException">The element type is not float32, or the device lacks what the kernels need.</exception>
    public ICompute Open(ComputeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.ElementType != ElementType.Float32)
        {
            throw new InvalidInputException(
                $"Device '{Name}' computes in float32 only, but elementType is {options.ElementType.ToString().ToLowerInvariant()}: use float32 or the device 'cpu'.");
        }
        Context context = CreateContext();
        Accelerator? accelerator = null;
        AcceleratorStream? stream = null;
        try
        {
            accelerator = CreateAccelerator(context);
            stream = accelerator.CreateStream();
            var launches = new LaunchQueue(Name, stream, Records(options) ? CreateRecorder(accelerator) : null);
            return new GpuCompute(Name, context, accelerator, launches, CreateOrder(accelerator, stream), MemoryLimit, options.Precision);
        }
        catch
        {
            stream?.Dispose();
            accelerator?.Dispose();
            context.Dispose();
            throw;
        }
    }

    /// <summary>Prints the name.</summary>
    public override string ToString() => Name;

    private protected abstract Context CreateContext();

    /// <summary>How the streams of an accelerator are put in order; <paramref name="compute"/> is the one that computes.</summary>
    private protected virtual StreamOrder CreateOrder(Accelerator accelerator, AcceleratorStream compute) => StreamOrder.Of(accelerator);

    /// <summary>Whether the driver can record launches.</summary>
    private protected virtual bool CanRecord => false;

    /// <summary>What records launches; asked only where <see cref="CanRecord"/>.</summary>
    private protected virtual ILaunchRecorder CreateRecorder(Accelerator accelerator) => throw new NotSupportedException($"Device '{Name}' records no launches.");

    /// <summary>Whether a compute opened with these options records its launches.</summary>
    private protected bool Records(ComputeOptions options) => CanRecord && options.Replay != LaunchReplay.Off;

    private protected abstract Accelerator CreateAccelerator(Context context);
}
