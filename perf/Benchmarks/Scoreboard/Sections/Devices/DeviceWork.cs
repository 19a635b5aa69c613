using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections.Devices;

/// <summary>Tensors of an open device, and a way to wait for it. The compute belongs to the caller, and both to one thread.</summary>
internal sealed class DeviceWork : IDisposable
{
    private readonly ICompute _compute;
    private readonly TensorPool _pool;
    private readonly DeviceTensor _mark;
    private readonly float[] _value = new float[1];

    public DeviceWork(ICompute compute)
    {
        _compute = compute;
        _pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("bench"));
        Host = new TensorPool(compute.AllocateHost, new MemoryLedger().Open("bench host"));
        _mark = Filled(1, 1);
    }

    /// <summary>Picks a size; a simulated device, where each element is a thread of the host, gets the smallest.</summary>
    public static T Choose<T>(SectionRun run, IDevice device, T smoke, T quick, T full) =>
        device.Description.Kind == "sim" ? smoke : run.Choose(smoke, quick, full);

    /// <summary>Host memory that the device exports into.</summary>
    public TensorPool Host { get; }

    public DeviceTensor Filled(int rows, int columns)
    {
        DeviceTensor tensor = _pool.Rent(Shape.Matrix(rows, columns), MemoryPurpose.Workspace);
        _compute.Fill(tensor, 0.01);
        return tensor;
    }

    /// <summary>Waits until everything launched is done.</summary>
    public void Wait() => _compute.Download(_mark, _value);

    public void Dispose()
    {
        Host.Dispose();
        _pool.Dispose();
    }
}
