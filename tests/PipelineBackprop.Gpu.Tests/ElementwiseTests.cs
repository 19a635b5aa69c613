using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class ElementwiseTests
{
    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void ElementwiseOperations_RandomShapes_MatchReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        ICompute compute = bench.Compute;
        for (int draw = 0; draw < 6; draw++)
        {
            int rows = bench.Length(), columns = bench.Length();
            Shape shape = Shape.Matrix(rows, columns);
            double[] a = bench.Values(rows * columns), b = bench.Values(rows * columns);
            DeviceTensor left = bench.Upload(shape, a), right = bench.Upload(shape, b);
            Check((x, y) => x + y, target => compute.Add(left, right, target));
            Check((x, y) => x * y, target => compute.Multiply(left, right, target));
            Check((x, _) => 0.3 * x, target => compute.Scale(left, 0.3, target));
            Check((x, _) => x, target => compute.Copy(left, target));
            Check((_, _) => -1.5, target => compute.Fill(target, -1.5));
            DeviceTensor sum = bench.Upload(shape, b);
            compute.AddScaled(left, -0.7, sum);
            bench.AssertClose(Expected((x, y) => y - 0.7 * x), sum);

            void Check(Func<double, double, double> reference, Action<DeviceTensor> operation)
            {
                DeviceTensor target = bench.Poisoned(shape);
                operation(target);
                bench.AssertClose(Expected(reference), target);
                target.Release();
            }

            double[] Expected(Func<double, double, double> reference) => [.. a.Zip(b, reference)];
        }
    }

    [Fact]
    public void ElementwiseOperations_TargetIsASource_MatchReference()
    {
        using var bench = new DeviceBench();
        double[] a = bench.Values(77), b = bench.Values(77);
        DeviceTensor left = bench.Vector(a), right = bench.Vector(b);
        bench.Compute.Add(left, right, left);
        bench.AssertClose([.. a.Zip(b, (x, y) => x + y)], left);
        bench.Compute.Multiply(left, right, right);
        bench.AssertClose([.. a.Zip(b, (x, y) => (x + y) * y)], right);
        bench.Compute.Scale(right, 2, right);
        bench.AssertClose([.. a.Zip(b, (x, y) => 2 * (x + y) * y)], right);
    }

    [Fact]
    public void EveryOperation_NoElements_DoesNothing()
    {
        using var bench = new DeviceBench();
        DeviceTensor empty = bench.Matrix(0, 7, []), losses = bench.Poisoned(Shape.Vector(2));
        bench.Compute.Fill(empty, 1);
        bench.Compute.Copy(empty, empty);
        bench.Compute.Add(empty, empty, empty);
        bench.Compute.Activate(Activation.Relu, empty, empty);
        bench.Compute.HalfSquaredError(empty, empty, 1, losses, 1, empty);
        Assert.Equal(0, bench.Compute.SumOfSquares(empty));
        Assert.True(bench.Compute.IsFinite(empty));
        Assert.Equal([double.NaN, 0], bench.Read(losses));
    }
}
