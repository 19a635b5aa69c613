using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class ReductionTests
{
    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void RowSums_WithAndWithoutAccumulation_MatchReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        for (int draw = 0; draw < 6; draw++)
        {
            bool accumulate = draw % 2 == 1;
            int rows = bench.Length(), columns = bench.Length();
            double[] a = bench.Values(rows * columns), b = bench.Values(rows * columns), before = bench.Values(columns);
            DeviceTensor left = bench.Matrix(rows, columns, a), right = bench.Matrix(rows, columns, b);
            DeviceTensor sums = accumulate ? bench.Vector(before) : bench.Poisoned(Shape.Vector(columns));
            DeviceTensor products = accumulate ? bench.Vector(before) : bench.Poisoned(Shape.Vector(columns));
            bench.Compute.SumRows(left, sums, accumulate);
            bench.Compute.SumRowsOfProduct(left, right, products, accumulate);
            var expectedSums = new double[columns];
            var expectedProducts = new double[columns];
            for (int j = 0; j < columns; j++)
            {
                expectedSums[j] = expectedProducts[j] = accumulate ? before[j] : 0;
                for (int i = 0; i < rows; i++)
                {
                    expectedSums[j] += a[i * columns + j];
                    expectedProducts[j] += a[i * columns + j] * b[i * columns + j];
                }
            }
            bench.AssertClose(expectedSums, sums);
            bench.AssertClose(expectedProducts, products);
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void SumOfSquares_AnyLength_IsExactToFloat64(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        foreach (int length in new[] { 1, 2, 255, 256, 257, 1500 })
        {
            double[] values = bench.Values(length);
            double expected = values.Sum(value => value * value);
            Assert.Equal(expected, bench.Compute.SumOfSquares(bench.Vector(values)), 1e-12 * expected);
        }
    }

    [Fact]
    public void SumOfSquares_LargeValues_DoesNotOverflow()
    {
        using var bench = new DeviceBench();
        double value = 3e30f;
        Assert.Equal(2 * value * value, bench.Compute.SumOfSquares(bench.Vector([value, value])), 1e50);
    }

    [Theory, MemberData(nameof(Devices))]
    public void IsFinite_OneBadElementAnywhere_IsSeen(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        double[] bad = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        foreach (int length in new[] { 1, 40, 257, 700 })
        {
            double[] values = bench.Values(length, 1e38);
            Assert.True(bench.Compute.IsFinite(bench.Vector(values)));
            foreach (int place in new[] { 0, length / 2, length - 1 })
            {
                double[] spoiled = [.. values];
                spoiled[place] = bad[bench.Random.NextInt(3)];
                Assert.False(bench.Compute.IsFinite(bench.Vector(spoiled)), $"element {place} of {length}");
            }
        }
    }

    [Fact]
    public void ScratchBytes_AfterAWideLoss_CountsWhatIsHeld()
    {
        using var bench = new DeviceBench();
        Assert.Equal(0, bench.Compute.ScratchBytes);
        DeviceTensor o = bench.Matrix(3000, 1, bench.Values(3000)), losses = bench.Poisoned(Shape.Vector(1));
        bench.Compute.HalfSquaredError(o, o, 1, losses, 0, null);
        Assert.Equal(3000 * sizeof(double), bench.Compute.ScratchBytes);
    }
}
