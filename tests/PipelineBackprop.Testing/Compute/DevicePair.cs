using PipelineBackprop.Compute;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Testing.Compute;

/// <summary>The processor and a device side by side, with the same values on both; memory that is not yet written, or lies behind a tensor, is NaN.</summary>
public sealed class DevicePair : IDisposable
{
    private const double Tolerance = 1e-5;

    private readonly TensorPool _expectedPool, _actualPool;
    private readonly RandomStream _random;
    private readonly int _longestSide;

    public DevicePair(IDevice device, ulong seed, int longestSide)
    {
        Expected = CpuDevice.Instance.Open(new ComputeOptions());
        Actual = device.Open(new ComputeOptions());
        _expectedPool = new TensorPool(Expected.Allocate, new MemoryLedger().Open("expected"));
        _actualPool = new TensorPool(Actual.Allocate, new MemoryLedger().Open("actual"));
        _random = new RandomStream(seed, 0);
        _longestSide = longestSide;
    }

    public ICompute Expected { get; }

    public ICompute Actual { get; }

    /// <summary>A length of 1 to the longest; short ones as often as long ones.</summary>
    public int Side() => (int)Math.Exp(_random.NextDouble(0, Math.Log(_longestSide + 0.99)));

    public bool Flip() => _random.NextInt(2) == 1;

    public Both Random((int Rows, int Columns) shape, double scale = 1) => Of(shape, () => (float)(scale * _random.NextGaussian()));

    public Both Uniform((int Rows, int Columns) shape) => Of(shape, () => (float)_random.NextDouble(0, 1));

    public Both Classes(int rows, int count) => Of((rows, 1), () => _random.NextInt(count));

    public Both Poisoned((int Rows, int Columns) shape)
    {
        Shape both = Shape.Matrix(shape.Rows, shape.Columns);
        return new Both(Expected, Rent(Expected, _expectedPool, both), Rent(Actual, _actualPool, both));
    }

    /// <summary>Runs an operation on both.</summary>
    public void Run(Action<ICompute> operation)
    {
        operation(Expected);
        operation(Actual);
    }

    public double[] Read(Both tensor) => Read(Actual, tensor[Actual]);

    public void AssertClose(Both tensor, string what) =>
        Close.InNorm(Read(Expected, tensor[Expected]), Read(Actual, tensor[Actual]), Tolerance, what, floor: 1e-6);

    public void Dispose()
    {
        _actualPool.Dispose();
        _expectedPool.Dispose();
        Actual.Dispose();
        Expected.Dispose();
    }

    private Both Of((int Rows, int Columns) shape, Func<float> next)
    {
        Both both = Poisoned(shape);
        var values = new float[shape.Rows * shape.Columns];
        for (int i = 0; i < values.Length; i++) values[i] = next();
        Run(compute => compute.Upload(values, both[compute]));
        return both;
    }

    // The buffer is longer than the tensor and was filled with NaN to its end.
    private static DeviceTensor Rent(ICompute compute, TensorPool pool, Shape shape)
    {
        DeviceTensor longer = pool.Rent(Shape.Vector(shape.ElementCount + 1 + shape.ElementCount / 2), MemoryPurpose.Workspace);
        compute.Fill(longer, double.NaN);
        longer.Release();
        return pool.Rent(shape, MemoryPurpose.Workspace);
    }

    private static double[] Read(ICompute compute, DeviceTensor tensor)
    {
        var values = new double[tensor.ElementCount];
        compute.Download(tensor, values);
        return values;
    }
}
