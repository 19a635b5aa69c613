using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class NormalizationTests
{
    private const double Epsilon = 1e-5;

    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void LayerNormalize_ForwardAndBackward_MatchReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        for (int draw = 0; draw < 5; draw++)
        {
            int rows = bench.Length(), columns = 1 + bench.Length();
            Shape shape = Shape.Matrix(rows, columns);
            double[] x = bench.Values(rows * columns), gain = bench.Values(columns), shift = bench.Values(columns), dy = bench.Values(rows * columns);
            DeviceTensor normalized = bench.Poisoned(shape), inverse = bench.Poisoned(Shape.Vector(rows));
            DeviceTensor y = bench.Poisoned(shape), dx = bench.Poisoned(shape), scale = bench.Vector(gain);
            bench.Compute.LayerNormalize(bench.Upload(shape, x), scale, bench.Vector(shift), Epsilon, normalized, inverse, y);
            bench.Compute.LayerNormalizeBackward(normalized, inverse, scale, bench.Upload(shape, dy), dx);

            double[] expectedNormalized = new double[x.Length], expectedInverse = new double[rows], expectedDx = new double[x.Length];
            for (int i = 0; i < rows; i++)
            {
                int start = i * columns;
                double mean = x[start..(start + columns)].Average();
                double variance = x[start..(start + columns)].Average(value => (value - mean) * (value - mean));
                expectedInverse[i] = 1 / Math.Sqrt(variance + Epsilon);
                double meanG = 0, meanGx = 0;
                for (int j = 0; j < columns; j++)
                {
                    expectedNormalized[start + j] = (x[start + j] - mean) * expectedInverse[i];
                    meanG += dy[start + j] * gain[j] / columns;
                    meanGx += dy[start + j] * gain[j] * expectedNormalized[start + j] / columns;
                }
                for (int j = 0; j < columns; j++)
                    expectedDx[start + j] = expectedInverse[i] * (dy[start + j] * gain[j] - meanG - expectedNormalized[start + j] * meanGx);
            }
            bench.AssertClose(expectedNormalized, normalized);
            bench.AssertClose(expectedInverse, inverse);
            bench.AssertClose([.. expectedNormalized.Select((value, i) => value * gain[i % columns] + shift[i % columns])], y);
            bench.AssertClose(expectedDx, dx);
        }
    }

    [Fact]
    public void LayerNormalize_FarFromZero_KeepsItsAccuracy()
    {
        using var bench = new DeviceBench();
        double[] x = [10000, 10001, 10002, 10003];
        DeviceTensor ones = bench.Vector([1, 1, 1, 1]), zeros = bench.Vector([0, 0, 0, 0]);
        DeviceTensor normalized = bench.Poisoned(Shape.Matrix(1, 4)), inverse = bench.Poisoned(Shape.Vector(1)), y = bench.Poisoned(Shape.Matrix(1, 4));
        bench.Compute.LayerNormalize(bench.Matrix(1, 4, x), ones, zeros, 0, normalized, inverse, y);
        double deviation = Math.Sqrt(1.25);
        bench.AssertClose([-1.5 / deviation, -0.5 / deviation, 0.5 / deviation, 1.5 / deviation], y);
    }
}
