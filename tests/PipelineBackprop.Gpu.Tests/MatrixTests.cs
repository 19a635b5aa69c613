using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class MatrixTests
{
    private const int Draws = 4;

    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void MatrixProduct_EveryForm_MatchesReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        for (int form = 0; form < 8 * Draws; form++)
        {
            bool transposeA = (form & 1) != 0, transposeB = (form & 2) != 0, accumulate = (form & 4) != 0;
            int m = Side(bench, form), n = Side(bench, form), k = Side(bench, form);
            double[] a = bench.Values(m * k), b = bench.Values(k * n), before = bench.Values(m * n);
            DeviceTensor c = accumulate ? bench.Matrix(m, n, before) : bench.Poisoned(Shape.Matrix(m, n));
            bench.Compute.MatrixProduct(
                transposeA ? bench.Matrix(k, m, a) : bench.Matrix(m, k, a), transposeA,
                transposeB ? bench.Matrix(n, k, b) : bench.Matrix(k, n, b), transposeB, c, accumulate);
            var expected = new double[m * n];
            for (int i = 0; i < m * n; i++)
            {
                double sum = accumulate ? before[i] : 0;
                for (int p = 0; p < k; p++) sum += a[transposeA ? p * m + i / n : i / n * k + p] * b[transposeB ? i % n * k + p : p * n + i % n];
                expected[i] = sum;
            }
            bench.AssertClose(expected, c);
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void Linear_WithAndWithoutBiasAndPreActivation_MatchesReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        for (int form = 0; form < 4 * Draws; form++)
        {
            bool hasBias = (form & 1) != 0, keepsZ = (form & 2) != 0;
            var activation = new Activation((ActivationKind)(form % 8), 0.1);
            int n = Side(bench, form), inputs = Side(bench, form), outputs = Side(bench, form);
            double[] x = bench.Values(n * inputs), w = bench.Values(outputs * inputs, 0.5), b = bench.Values(outputs);
            Shape shape = Shape.Matrix(n, outputs);
            DeviceTensor y = bench.Poisoned(shape);
            DeviceTensor? z = keepsZ ? bench.Poisoned(shape) : null;
            bench.Compute.Linear(
                bench.Matrix(n, inputs, x), bench.Matrix(outputs, inputs, w), hasBias ? bench.Vector(b) : null, activation, z, y);
            var expected = new double[n * outputs];
            for (int i = 0; i < expected.Length; i++)
            {
                double sum = hasBias ? b[i % outputs] : 0;
                for (int p = 0; p < inputs; p++) sum += x[i / outputs * inputs + p] * w[i % outputs * inputs + p];
                expected[i] = sum;
            }
            if (z is not null) bench.AssertClose(expected, z);
            bench.AssertClose(Array.ConvertAll(expected, value => Reference.Apply(activation, value)), y);
        }
    }

    [Fact]
    public void MatrixProduct_InnerDimensionZero_WritesZeros()
    {
        using var bench = new DeviceBench();
        DeviceTensor c = bench.Poisoned(Shape.Matrix(3, 4));
        bench.Compute.MatrixProduct(bench.Matrix(3, 0, []), false, bench.Matrix(0, 4, []), false, c, accumulate: false);
        Assert.All(bench.Read(c), value => Assert.Equal(0, value));
    }

    /// <summary>Devices with groups of many sizes, one with so many multiprocessors that threads get small blocks, sum in the same order.</summary>
    [Theory]
    [InlineData(64, 64, 44)]
    [InlineData(37, 61, 29)]
    public void MatrixProduct_AnyDevice_GivesTheSameBits(int m, int n, int k)
    {
        SimulatedDeviceOptions[] devices =
        [
            new(WarpSize: 2, WarpsPerMultiprocessor: 1, Multiprocessors: 1),
            new(WarpSize: 4, WarpsPerMultiprocessor: 4, Multiprocessors: 1),
            new(WarpSize: 4, WarpsPerMultiprocessor: 4, Multiprocessors: 16),
        ];
        double[][] results = [.. devices.Select(device => Product(device, m, n, k))];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    private static double[] Product(SimulatedDeviceOptions device, int m, int n, int k)
    {
        using var bench = new DeviceBench(device);
        DeviceTensor c = bench.Poisoned(Shape.Matrix(m, n));
        bench.Compute.MatrixProduct(bench.Matrix(m, k, bench.Values(m * k)), false, bench.Matrix(n, k, bench.Values(n * k)), true, c, accumulate: false);
        return bench.Read(c);
    }

    // Every other round of forms has sides that are multiples of a quad and fill tiles.
    private static int Side(DeviceBench bench, int form) => form / 8 % 2 == 0 ? bench.Length() : 4 * (1 + bench.Random.NextInt(12));
}
