using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>
/// <see cref="ICompute"/> on the processor, in the number format <typeparamref name="T"/>. Every kernel has one vector path, also for the last few elements
/// of a row or block (partial vectors are padded), so an element's bits depend neither on its place nor on the number of threads; reductions
/// go by fixed blocks, put together in a fixed order. A call allocates nothing once the scratch has grown.
/// </summary>
internal sealed unsafe partial class CpuCompute<T> : ICompute, ILendsThread
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Elements of one part of a job: small enough to share out, large enough to be worth a hand-over. Never depends on the threads.
    private const int Block = 4096;

    // Below this many elements of weight 1, some 5 µs of work, handing parts to other threads costs more than they save.
    private const int WorthSharing = 16 * Block;

    private readonly ThreadTeam? _team;
    private readonly bool _ownsTeam;
    private readonly JobExchange? _exchange;
    private readonly OpenJob? _door;
    private Guest? _guest;
    private CpuBuffer<double>? _scratch;
    private bool _disposed;

    internal CpuCompute(ElementType elementType, int threads, JobExchange? exchange) : this(elementType, threads > 1 ? new ThreadTeam(threads, "cpu") : null)
    {
        _ownsTeam = true;
        _exchange = exchange;
        _door = exchange?.Join();
    }

    /// <summary>Computes with a team of somebody else's, one of its users at a time.</summary>
    internal CpuCompute(ElementType elementType, ThreadTeam? team) => (ElementType, _team) = (elementType, team);

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public ElementType ElementType { get; }

    /// <inheritdoc/>
    public long ScratchBytes => _workspace.Bytes + (_scratch?.Bytes ?? 0) + (_guest?.Bytes ?? 0);

    /// <inheritdoc/>
    public Func<bool>? Lend(Func<bool> isCalled)
    {
        if (_exchange is null || _door is null) return null;
        Guest guest = _guest ??= new Guest(Gemm.MatrixProduct.GuestBytes<T>()) { IsCalled = isCalled };
        return () => _exchange.TryHelp(_door, guest);
    }

    /// <inheritdoc/>
    public DeviceBuffer Allocate(int capacity) => new CpuBuffer<T>(ElementType, capacity);

    /// <inheritdoc/>
    public bool ReadsHostMemory => typeof(T) == typeof(float);

    /// <inheritdoc/>
    public DeviceBuffer AllocateView(int capacity) => CpuBuffer<T>.CreateView(ElementType, capacity);

    /// <inheritdoc/>
    public void View(ReadOnlySpan<float> source, DeviceBuffer view)
    {
        if (typeof(T) != typeof(float)) throw new NotSupportedException($"The cpu computes in {ElementType} here and cannot read float32 in place: upload instead.");
        ((CpuBuffer<T>)view).Show(MemoryMarshal.Cast<float, T>(source));
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, DeviceTensor target)
    {
        CheckLength(source.Length, target);
        fixed (float* first = source)
            Run(source.Length, new UploadKernel<T>(first, Target(target)));
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> source, DeviceTensor target)
    {
        CheckLength(source.Length, target);
        TensorPrimitives.ConvertTruncating(source, TargetSpan(target));
    }

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<float> target)
    {
        CheckLength(target.Length, source);
        TensorPrimitives.ConvertTruncating<T, float>(Span(source), target);
    }

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<double> target)
    {
        CheckLength(target.Length, source);
        TensorPrimitives.ConvertTruncating<T, double>(Span(source), target);
    }

    /// <inheritdoc/>
    public DeviceTensor Export(DeviceTensor source, TensorPool pool, IDevice? receiver = null) => source.Retain();

    /// <inheritdoc/>
    public void Import(DeviceTensor exported, DeviceTensor target)
    {
        if (exported.Buffer is not IHostReadable host || exported.Buffer.ElementType != ElementType)
            throw new ArgumentException($"The cpu imports {ElementType} from host memory, got {exported.Buffer.ElementType} in a {exported.Buffer.GetType().Name}.", nameof(exported));
        MemoryMarshal.Cast<byte, T>(host.HostBytes)[..exported.ElementCount].CopyTo(TargetSpan(target));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_door is not null) _exchange?.Leave(_door);
        _guest?.Dispose();
        if (_ownsTeam) _team?.Dispose();
        _workspace.Dispose();
        _scratch?.Dispose();
        _scratch = null;
    }

    private static void CheckLength(int length, DeviceTensor tensor)
    {
        if (length != tensor.ElementCount)
            throw new ArgumentException($"The host has {length} values and the tensor {tensor.Shape} has {tensor.ElementCount}; they must be equal.");
    }

    private static ReadOnlySpan<T> Span(DeviceTensor tensor) => new(Pointer(tensor), tensor.ElementCount);

    private static Span<T> TargetSpan(DeviceTensor tensor) => new(Target(tensor), tensor.ElementCount);

    private static T* Pointer(DeviceTensor tensor) => Buffer(tensor).Pointer;

    /// <summary>As <see cref="Pointer"/>, for a tensor that is about to be written: what was known of its contents no longer holds.</summary>
    private static T* Target(DeviceTensor tensor)
    {
        CpuBuffer<T> buffer = Buffer(tensor);
        buffer.Version++;
        return buffer.Pointer;
    }

    private static CpuBuffer<T> Buffer(DeviceTensor tensor) => tensor.Buffer as CpuBuffer<T>
        ?? throw new ArgumentException(
            $"A tensor {tensor.Shape} of {tensor.Buffer.GetType().Name} ({tensor.Buffer.ElementType}) came to the cpu, which computes on host memory of {typeof(T).Name}.");

    private static T* PointerOrNull(DeviceTensor? tensor) => tensor is null ? null : Pointer(tensor);

    private static T* TargetOrNull(DeviceTensor? tensor) => tensor is null ? null : Target(tensor);

    private static T Number(double value) => T.CreateTruncating(value);

    private double* Scratch(int elements)
    {
        if (_scratch is null || _scratch.Capacity < elements)
        {
            _scratch?.Dispose();
            _scratch = null;
            _scratch = new CpuBuffer<double>(ElementType.Float64, Math.Max(1, elements));
        }
        return _scratch.Pointer;
    }

    /// <summary>Runs a kernel over <paramref name="count"/> elements in blocks of a fixed size.</summary>
    private void Run<TKernel>(int count, TKernel kernel)
        where TKernel : struct, IRangeKernel => Run(count, Block, count, kernel);

    /// <summary>Runs a kernel over rows of <paramref name="columns"/> elements, about a block's worth of rows a part.</summary>
    private void RunRows<TKernel>(int rows, int columns, TKernel kernel)
        where TKernel : struct, IRangeKernel
    {
        long cost = columns + TKernel.RowCost;
        Run(rows, (int)Math.Max(1, Block / Math.Max(1, cost)), rows * cost, kernel);
    }

    /// <summary>Runs a kernel over items in blocks; on several threads when <paramref name="elements"/>, the elements behind the items, are many.</summary>
    private void Run<TKernel>(int items, int block, long elements, TKernel kernel)
        where TKernel : struct, IRangeKernel
    {
        var job = new RangeJob<TKernel>(kernel, items, block);
        bool isWorthSharing = elements * TKernel.Weight >= WorthSharing;
        if (_team is not null && isWorthSharing) _team.Run(job.Parts, job);
        else if (_door is not null && isWorthSharing) SharedRange<TKernel>.Run(_door, job);
        else for (int part = 0; part < job.Parts; part++) job.Execute(part);
    }
}
