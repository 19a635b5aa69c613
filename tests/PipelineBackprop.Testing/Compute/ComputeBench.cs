using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;
using Xunit;

namespace PipelineBackprop.Testing.Compute;

/// <summary>A compute with a pool and a ledger, and host arrays in and out of it: what a test of any device starts from.</summary>
public sealed class ComputeBench : IDisposable
{
    private readonly MemoryLedger _ledger = new();
    private readonly TensorPool _pool;

    public ComputeBench(IDevice device, ElementType elementType = ElementType.Float64, int threads = 1)
    {
        Compute = device.Open(new ComputeOptions(elementType, threads));
        Account = _ledger.Open("test");
        _pool = new TensorPool(Compute.Allocate, Account);
    }

    public ICompute Compute { get; }

    public LedgerAccount Account { get; }

    public TensorPool Pool => _pool;

    public DeviceTensor Rent(Shape shape, MemoryPurpose purpose = MemoryPurpose.Parameters) => _pool.Rent(shape, purpose);

    public DeviceTensor Upload(double[,] values)
    {
        DeviceTensor tensor = Rent(Shape.Matrix(values.GetLength(0), values.GetLength(1)));
        Compute.Upload(HostArrays.Flatten(values), tensor);
        return tensor;
    }

    public DeviceTensor Upload(double[] values) => Upload(values, Shape.Vector(values.Length));

    public DeviceTensor Upload(double[] values, Shape shape)
    {
        DeviceTensor tensor = Rent(shape);
        Compute.Upload(values, tensor);
        return tensor;
    }

    public double[] Download(DeviceTensor tensor)
    {
        double[] values = new double[tensor.ElementCount];
        Compute.Download(tensor, values);
        return values;
    }

    /// <summary>Nothing that lives within a step is still lent.</summary>
    public void AssertNothingLent()
    {
        Assert.Equal(0, Account.InUse(MemoryPurpose.Stash));
        Assert.Equal(0, Account.InUse(MemoryPurpose.Workspace));
    }

    public void Dispose()
    {
        _pool.Dispose();
        Compute.Dispose();
    }
}
