using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class LossTests
{
    private const double GradientScale = 0.25, Delta = 0.75;

    private delegate void Operation(ICompute compute, DeviceTensor o, DeviceTensor y, DeviceTensor losses, DeviceTensor? gradient);

    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_RandomShapes_MatchesReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        for (int draw = 0; draw < 5; draw++)
        {
            int rows = bench.Length(), columns = bench.Length();
            double[] o = bench.Values(rows * columns, 8), classes = new double[rows], expected = new double[rows * columns];
            for (int i = 0; i < rows; i++) classes[i] = bench.Random.NextInt(columns);
            double loss = 0;
            for (int i = 0; i < rows; i++)
            {
                double[] row = o[(i * columns)..((i + 1) * columns)];
                double sum = row.Sum(Math.Exp);
                loss += Math.Log(sum) - row[(int)classes[i]];
                for (int j = 0; j < columns; j++) expected[i * columns + j] = (Math.Exp(row[j]) / sum - (j == classes[i] ? 1 : 0)) * GradientScale;
            }
            Check(
                bench, rows, columns, o, bench.Matrix(rows, 1, classes), loss, expected,
                (compute, x, y, losses, gradient) => compute.SoftmaxCrossEntropy(x, y, GradientScale, losses, 1, gradient));
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void ElementLosses_RandomShapes_MatchReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        for (int draw = 0; draw < 4; draw++)
        {
            int rows = bench.Length(), columns = bench.Length();
            double[] o = bench.Values(rows * columns), y = Array.ConvertAll(bench.Values(rows * columns), value => (float)(value + 2) / 4.0);
            Check((x, t) => 0.5 * (x - t) * (x - t), (x, t) => x - t,
                (compute, a, b, losses, gradient) => compute.HalfSquaredError(a, b, GradientScale, losses, 1, gradient));
            Check((x, t) => Math.Max(x, 0) - x * t + Math.Log(1 + Math.Exp(-Math.Abs(x))), (x, t) => 1 / (1 + Math.Exp(-x)) - t,
                (compute, a, b, losses, gradient) => compute.BinaryCrossEntropy(a, b, GradientScale, losses, 1, gradient));
            Check((x, t) => Math.Abs(x - t) <= Delta ? 0.5 * (x - t) * (x - t) : Delta * (Math.Abs(x - t) - 0.5 * Delta),
                (x, t) => Math.Clamp(x - t, -Delta, Delta),
                (compute, a, b, losses, gradient) => compute.Huber(a, b, Delta, GradientScale, losses, 1, gradient));

            void Check(Func<double, double, double> loss, Func<double, double, double> derivative, Operation operation) =>
                LossTests.Check(
                    bench, rows, columns, o, bench.Matrix(rows, columns, y), o.Zip(y, loss).Sum(),
                    [.. o.Zip(y, (x, t) => derivative(x, t) * GradientScale)], operation);
        }
    }

    [Fact]
    public void SoftmaxCrossEntropy_ConfidentRow_KeepsItsSmallLoss()
    {
        using var bench = new DeviceBench();
        DeviceTensor losses = bench.Poisoned(Shape.Vector(1));
        bench.Compute.SoftmaxCrossEntropy(bench.Matrix(1, 3, [30, 0, 5]), bench.Matrix(1, 1, [0]), 1, losses, 0, gradient: null);
        DeviceBench.AssertClose([Math.Exp(-30) + Math.Exp(-25)], bench.Read(losses));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(0.5)]
    [InlineData(-0.5)]
    [InlineData(2.75)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void SoftmaxCrossEntropy_ClassThatDoesNotExist_LossIsNaN(double wrong)
    {
        using var bench = new DeviceBench();
        DeviceTensor losses = bench.Vector([0]);
        bench.Compute.SoftmaxCrossEntropy(bench.Matrix(2, 3, [1, 2, 3, 4, 5, 6]), bench.Matrix(2, 1, [0, wrong]), 1, losses, 0, gradient: null);
        Assert.Equal(double.NaN, bench.Read(losses)[0]);
    }

    [Fact]
    public void Losses_OutputIsNaN_LossIsNaN()
    {
        using var bench = new DeviceBench();
        DeviceTensor o = bench.Matrix(2, 2, [1, 2, double.NaN, 4]), y = bench.Matrix(2, 2, [0, 1, 0, 1]), losses = bench.Vector([0, 0, 0, 0]);
        bench.Compute.SoftmaxCrossEntropy(o, bench.Matrix(2, 1, [0, 1]), 1, losses, 0, null);
        bench.Compute.HalfSquaredError(o, y, 1, losses, 1, null);
        bench.Compute.BinaryCrossEntropy(o, y, 1, losses, 2, null);
        bench.Compute.Huber(o, y, 1, 1, losses, 3, null);
        Assert.All(bench.Read(losses), value => Assert.Equal(double.NaN, value));
    }

    [Fact]
    public void Huber_AtAnInfiniteDifference_HasTheSlopeOfTheFarEnd()
    {
        const double Infinity = double.PositiveInfinity;
        using var bench = new DeviceBench();
        DeviceTensor o = bench.Matrix(3, 2, [Infinity, -Infinity, 3, 3, 3, double.NaN]), y = bench.Matrix(3, 2, [1, 1, Infinity, -Infinity, 3, 1]);
        DeviceTensor gradient = bench.Poisoned(o.Shape);
        bench.Compute.Huber(o, y, 0.5, 0.25, bench.Vector([0]), 0, gradient);
        Assert.Equal([0.125, -0.125, -0.125, 0.125, 0, double.NaN], bench.Read(gradient));
    }

    // With the gradient and without, into slot 1 of 3; the other slots stay as they were.
    private static void Check(
        DeviceBench bench, int rows, int columns, double[] o, DeviceTensor targets, double loss, double[] gradient, Operation operation)
    {
        DeviceTensor outputs = bench.Matrix(rows, columns, o), result = bench.Poisoned(Shape.Matrix(rows, columns));
        foreach (DeviceTensor? wanted in new[] { result, null })
        {
            DeviceTensor losses = bench.Vector([7, double.NaN, 8]);
            operation(bench.Compute, outputs, targets, losses, wanted);
            double[] slots = bench.Read(losses);
            DeviceBench.AssertClose([loss], [slots[1]]);
            Assert.Equal([7, 8], [slots[0], slots[2]]);
        }
        bench.AssertClose(gradient, result);
        bench.AssertClose(o, outputs);
    }
}
