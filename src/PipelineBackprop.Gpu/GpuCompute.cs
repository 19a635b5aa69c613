using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Gpu.Transfers;
using PipelineBackprop.Gpu.Vendor;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

/// <summary>
/// The compute interface over an ILGPU accelerator, in float32. Kernels are compiled on first use and kept. Launches go to one
/// stream of the compute's own, since the default one cannot be recorded, and run in the order of the calls. Everything belongs to the thread that opened it: use from another thread is not supported.
/// </summary>
internal sealed partial class GpuCompute : ICompute
{
    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly UploadStaging _staging;
    private readonly TransferLanes _lanes;
    private readonly ProductPrecision _precision;
    private readonly CuBlasProducts? _vendor;
    private readonly StepNumbers? _numbers;
    private readonly long _memoryLimit;
    private long _taken, _settlements;

    /// <summary>Takes ownership of context, accelerator, the launches and their stream.</summary>
    internal GpuCompute(
        string name, Context context, Accelerator accelerator, LaunchQueue launches, StreamOrder order, long memoryLimit, ProductPrecision precision)
    {
        Name = name;
        _context = context;
        _accelerator = accelerator;
        Launches = launches;
        _memoryLimit = memoryLimit;
        _precision = precision;
        _lanes = new TransferLanes(accelerator, launches, order);
        _staging = new UploadStaging(accelerator, launches, _lanes);
        if (launches.Records) _numbers = new StepNumbers(this, accelerator);
        _vendor = CuBlasProducts.Create(this, accelerator, precision);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ElementType ElementType => ElementType.Float32;

    /// <inheritdoc/>
    public long ScratchBytes { get; private set; }

    /// <summary>Whether products go to the vendor's library; can be switched off, and on only where there is one.</summary>
    internal bool UsesVendorLibrary
    {
        get => field && _vendor is not null;
        set;
    } = true;

    /// <summary>How often the host has waited for the device.</summary>
    internal long HostWaits => _settlements + _staging.Waits;

    /// <summary>Page-locked numbers of the host that no upload uses now.</summary>
    internal long IdleStaging => _staging.IdleElements;

    /// <summary>The computing stream: what is launched here runs in the order of the calls.</summary>
    internal LaunchQueue Launches { get; }

    /// <inheritdoc/>
    public bool RecordsAddresses => Launches.Records;

    // Where launches are recorded, until that is given up.
    private StepNumbers? Numbers => Launches.Records ? _numbers : null;

    /// <summary>The computing stream, with everything on it that was launched so far.</summary>
    internal AcceleratorStream FlushedStream()
    {
        Launches.Flush();
        return Launches.Stream;
    }

    /// <inheritdoc/>
    public void Flush() => Launches.Flush();

    /// <inheritdoc/>
    public DeviceBuffer Allocate(int capacity) =>
        Take((long)capacity * sizeof(float), () => new GpuBuffer(_accelerator, capacity, Launches.Invalidate, freed => _taken -= freed));

    // Takes memory of the device within its limit and counts it.
    private T Take<T>(long bytes, Func<T> allocate)
    {
        if (_taken + bytes > _memoryLimit) throw new DeviceMemoryException(Name, bytes, _taken);
        try
        {
            T memory = allocate();
            _taken += bytes;
            return memory;
        }
        catch (AcceleratorException fault) when (DeviceMemoryException.IsCausedBy(fault))
        {
            throw new DeviceMemoryException(Name, bytes, _taken, fault);
        }
    }

    /// <summary>Takes memory that no pool lends; whoever takes some has to be in <see cref="GpuScratchModel"/> too.</summary>
    /// <exception cref="DeviceMemoryException">There is no room for it.</exception>
    internal MemoryBuffer1D<T, Stride1D.Dense> TakeScratch<T>(int length)
        where T : unmanaged
    {
        long bytes = (long)length * Unsafe.SizeOf<T>();
        MemoryBuffer1D<T, Stride1D.Dense> scratch = Take(bytes, () => _accelerator.Allocate1D<T>(length));
        ScratchBytes += bytes;
        return scratch;
    }

    /// <summary>Gives back what was taken with <see cref="TakeScratch"/>.</summary>
    internal void Free(MemoryBuffer? scratch)
    {
        if (scratch is null || scratch.IsDisposed) return;
        Launches.Invalidate();
        _taken -= scratch.LengthInBytes;
        ScratchBytes -= scratch.LengthInBytes;
        scratch.Dispose();
    }

    /// <inheritdoc/>
    public DeviceBuffer AllocateHost(int capacity) => _lanes.AllocateHost(capacity);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, DeviceTensor target)
    {
        RequireLength(source.Length, target);
        if (!source.IsEmpty) _staging.Upload(source, BufferOf(target), isOfStep: target.Purpose is not (MemoryPurpose.Parameters or MemoryPurpose.OptimizerState));
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> source, DeviceTensor target)
    {
        float[] rounded = ArrayPool<float>.Shared.Rent(source.Length);
        for (int i = 0; i < source.Length; i++) rounded[i] = (float)source[i];
        Upload(rounded.AsSpan(0, source.Length), target);
        ArrayPool<float>.Shared.Return(rounded);
    }

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<float> target)
    {
        RequireLength(target.Length, source);
        if (target.IsEmpty) return;
        ((ArrayView<float>)Use(source)).CopyToCPU(FlushedStream(), target);
        Settled();
    }

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<double> target)
    {
        float[] values = ArrayPool<float>.Shared.Rent(target.Length);
        Download(source, values.AsSpan(0, target.Length));
        for (int i = 0; i < target.Length; i++) target[i] = values[i];
        ArrayPool<float>.Shared.Return(values);
    }

    /// <inheritdoc/>
    public DeviceTensor Export(DeviceTensor source, TensorPool pool, Compute.IDevice? receiver = null)
    {
        GpuBuffer buffer = BufferOf(source);
        if (_lanes.IsReadBy(receiver))
        {
            _lanes.Offer(buffer);
            return source.Retain();
        }
        // The room for it is set aside for the whole pass.
        DeviceTensor exported = pool.Rent(source.Shape, MemoryPurpose.Transfer);
        if (exported.Buffer is not HostBuffer host)
        {
            exported.Release();
            throw new ArgumentException(
                $"Device '{Name}' exports into a pool over AllocateHost, but the pool lends a {exported.Buffer.GetType().Name}.", nameof(pool));
        }
        _lanes.Export(buffer, host, source.ElementCount);
        return exported;
    }

    /// <inheritdoc/>
    public void Import(DeviceTensor exported, DeviceTensor target)
    {
        switch (exported.Buffer)
        {
            case GpuBuffer foreign when !ReferenceEquals(foreign.Accelerator, _accelerator) && _lanes.CanRead(foreign):
                _lanes.ImportFromPeer(foreign, BufferOf(target), exported.ElementCount);
                break;
            case GpuBuffer:
                // A neighbour on this device hands over its tensor as it is.
                Copy(exported, target);
                break;
            case HostBuffer host:
                _lanes.Import(host, BufferOf(target), exported.ElementCount);
                break;
            case IHostReadable when exported.Buffer.ElementType != ElementType.Float32:
                throw new ArgumentException($"Device '{Name}' imports float32, got {exported.Buffer.ElementType}.", nameof(exported));
            case IHostReadable host:
                Upload(MemoryMarshal.Cast<byte, float>(host.HostBytes)[..exported.ElementCount], target);
                break;
            default:
                throw new ArgumentException($"A {exported.Buffer.GetType().Name} was not exported: host memory is needed.", nameof(exported));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_accelerator.IsDisposed) return;
        try
        {
            Release();
        }
        finally
        {
            // A device that is lost fails on the way; what it held goes with the accelerator.
            try { _accelerator.Dispose(); }
            finally { _context.Dispose(); }
        }
    }

    /// <summary>Everything launched so far is done.</summary>
    internal void Settled()
    {
        _settlements++;
        Launches.Flush();
        _lanes.AwaitReceived();
        Launches.Stream.Synchronize();
        _lanes.Settled();
        _staging.Settled();
    }

    /// <summary>One of the device's tensors as an argument of a launch on the computing stream.</summary>
    internal Operand<float> Use(DeviceTensor tensor)
    {
        GpuBuffer buffer = BufferOf(tensor);
        _lanes.Claim(buffer);
        return buffer.Operand(tensor.ElementCount);
    }

    private void Release()
    {
        try
        {
            Launches.Dispose();
            _vendor?.Dispose();
            _staging.Dispose();
        }
        finally
        {
            _lanes.Dispose();
        }
        _scratch?.Dispose();
        _ownWatch?.Dispose();
        _numbers?.Dispose();
        Launches.Stream.Dispose();
    }

    private GpuBuffer BufferOf(DeviceTensor tensor)
    {
        if (tensor.Buffer is GpuBuffer buffer && ReferenceEquals(buffer.Accelerator, _accelerator)) return buffer;
        throw new ArgumentException($"The tensor {tensor} is not in the memory of device '{Name}': it lies in a {tensor.Buffer.GetType().Name} of another.");
    }

    private static void RequireLength(int length, DeviceTensor tensor)
    {
        if (length != tensor.ElementCount)
            throw new ArgumentException($"The host span has {length} elements, the tensor {tensor} has {tensor.ElementCount}.");
    }
}
