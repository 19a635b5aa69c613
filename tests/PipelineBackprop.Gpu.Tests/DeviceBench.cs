using ILGPU.Runtime;
using PipelineBackprop.Compute;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>
/// A simulated device opened on the test's thread, with a pool whose buffers are longer than asked for and full of NaN: a kernel that skips an
/// element leaves NaN in its result, one that reads past the end of an operand draws NaN into it.
/// </summary>
internal sealed class DeviceBench : IDisposable
{
    // float32 rounds at 6e-8; sums of up to 40 terms and functions good to a few units in the last place stay an order below this.
    internal const double Tolerance = 1e-5;

    private const int Excess = 5;

    internal DeviceBench(SimulatedDeviceOptions? options = null, ulong seed = 1)
    {
        Compute = new SimulatedDevice(0, options).Open(new ComputeOptions(Threads: 1));
        Account = new MemoryLedger().Open("test");
        Pool = new TensorPool(Allocate, Account);
        Random = new RandomStream(seed, 0);
    }

    internal ICompute Compute { get; }

    internal TensorPool Pool { get; }

    internal LedgerAccount Account { get; }

    internal RandomStream Random { get; }

    /// <summary>A length in 1 to 40.</summary>
    internal int Length() => 1 + Random.NextInt(40);

    /// <summary>Random float32 values in ±scale.</summary>
    internal double[] Values(int count, double scale = 2)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++) values[i] = (float)Random.NextDouble(-scale, scale);
        return values;
    }

    internal DeviceTensor Upload(Shape shape, double[] values)
    {
        DeviceTensor tensor = Pool.Rent(shape, MemoryPurpose.Workspace);
        Compute.Upload(values, tensor);
        return tensor;
    }

    internal DeviceTensor Matrix(int rows, int columns, double[] values) => Upload(Shape.Matrix(rows, columns), values);

    internal DeviceTensor Vector(double[] values) => Upload(Shape.Vector(values.Length), values);

    /// <summary>A tensor full of NaN.</summary>
    internal DeviceTensor Poisoned(Shape shape)
    {
        var values = new double[shape.ElementCount];
        Array.Fill(values, double.NaN);
        return Upload(shape, values);
    }

    internal double[] Read(DeviceTensor tensor)
    {
        var values = new double[tensor.ElementCount];
        Compute.Download(tensor, values);
        return values;
    }

    internal void AssertClose(double[] expected, DeviceTensor actual) => AssertClose(expected, Read(actual));

    /// <summary>‖actual − expected‖ ≤ tolerance · ‖expected‖, false for any NaN.</summary>
    internal static void AssertClose(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        Assert.True(Math.Sqrt(error) <= Tolerance * Math.Sqrt(norm) + 1e-12, $"off by {Math.Sqrt(error)} against a norm of {Math.Sqrt(norm)}");
    }

    public void Dispose()
    {
        Pool.Dispose();
        Compute.Dispose();
    }

    private DeviceBuffer Allocate(int capacity)
    {
        var buffer = (GpuBuffer)Compute.Allocate(capacity + Excess);
        var poison = new float[buffer.Capacity];
        Array.Fill(poison, float.NaN);
        buffer.View(buffer.Capacity).CopyFromCPU(poison);
        return buffer;
    }
}
