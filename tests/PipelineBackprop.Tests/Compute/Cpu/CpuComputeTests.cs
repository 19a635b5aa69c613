using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Tests.Compute.Gemm;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

public sealed unsafe class CpuComputeTests : ComputeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ATrainingStep_AfterTheFirst_AllocatesNothing(int threads)
    {
        using var bench = new ComputeBench(Device, ElementType.Float32, threads);
        ICompute compute = bench.Compute;
        DeviceTensor x = bench.Upload(HostArrays.Gaussian(300, 130, 1)), weight = bench.Upload(HostArrays.Gaussian(127, 130, 2));
        DeviceTensor bias = bench.Upload(HostArrays.Gaussian(127, 3)), y = bench.Rent(Shape.Matrix(300, 127)), z = bench.Rent(y.Shape);
        DeviceTensor classes = bench.Upload(new double[300, 1]), losses = bench.Upload([0.0]), dy = bench.Rent(y.Shape);
        DeviceTensor dx = bench.Rent(x.Shape), gradient = bench.Rent(weight.Shape), mean = bench.Upload(new double[127, 130]);
        DeviceTensor variance = bench.Upload(new double[127, 130]), slope = bench.Rent(bias.Shape), inverse = bench.Rent(Shape.Vector(300));
        Allocations.AssertNone(Step, warmUps: 3);

        void Step()
        {
            foreach (ActivationKind kind in (ReadOnlySpan<ActivationKind>)[ActivationKind.Relu, ActivationKind.Gelu, ActivationKind.Tanh])
            {
                compute.Linear(x, weight, bias, new Activation(kind), z, y);
                compute.ActivateBackward(new Activation(kind), z, y, dy);
            }
            compute.Dropout(new DropoutMask(0.5, 1, 2, 3), y, y);
            compute.LayerNormalize(y, bias, bias, 1e-5, z, inverse, y);
            compute.LayerNormalizeBackward(z, inverse, bias, dy, dy);
            compute.SoftmaxCrossEntropy(y, classes, 1, losses, 0, dy);
            compute.HalfSquaredError(y, z, 1, losses, 0, dy);
            compute.MatrixProduct(dy, false, weight, false, dx, false);
            compute.MatrixProduct(dy, true, x, false, gradient, false);
            compute.SumRows(dy, slope, false);
            compute.SumOfSquares(gradient);
            compute.IsFinite(gradient);
            compute.SgdUpdate(new SgdStep(0.1, 1, 0, 0, 0.9, true), gradient, mean, weight);
            compute.AdamUpdate(new AdamStep(0.1, 1, 0, 0, 0.9, 0.9, 1e-8, 1), gradient, mean, variance, weight);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4096, 1)]
    [InlineData(4097, 2)]
    [InlineData(2_147_479_552, 524_287)]
    [InlineData(2_147_479_553, 524_288)]
    [InlineData(int.MaxValue, 524_288)]
    public void Blocks_OfAnyCount_AreRoundedUp(int count, int blocks) => Assert.Equal(blocks, CpuCompute<float>.Blocks(count));

    [Fact]
    public void SumOfSquares_OnAnyNumberOfThreads_GivesTheSameBits()
    {
        double[] values = HostArrays.Gaussian(300_001, 4);
        double[] sums = [.. ((int[])[1, 2, 3]).Select(threads =>
        {
            using var bench = new ComputeBench(Device, ElementType.Float32, threads);
            return bench.Compute.SumOfSquares(bench.Upload(values));
        })];
        Assert.Equal(sums[0], sums[1]);
        Assert.Equal(sums[0], sums[2]);
    }

    [Theory]
    [InlineData(257, 1030)]
    [InlineData(130, 519)]
    public void SumRows_OnAnyNumberOfThreads_AddsRowsInOrder(int rows, int columns)
    {
        float[] expected = new float[columns];
        double[] values = HostArrays.Gaussian(rows * columns, 5), start = HostArrays.Gaussian(columns, 6);
        for (int column = 0; column < columns; column++)
        {
            expected[column] = (float)start[column];
            for (int row = 0; row < rows; row++) expected[column] += (float)values[row * columns + column];
        }
        for (int threads = 1; threads <= 3; threads++)
        {
            using var bench = new ComputeBench(Device, ElementType.Float32, threads);
            DeviceTensor sum = bench.Upload(start);
            bench.Compute.SumRows(bench.Upload(values, Shape.Matrix(rows, columns)), sum, accumulate: true);
            Assert.Equal(expected, bench.Download(sum).Select(value => (float)value));
        }
    }

    [Fact]
    public void SoftmaxCrossEntropy_OfManyShortRowsOnAnyNumberOfThreads_GivesTheSameBits()
    {
        const int Rows = 301, Classes = 10;
        double[] outputs = HostArrays.Gaussian(Rows * Classes, 7), classes = [.. Enumerable.Range(0, Rows).Select(row => (double)(row * 7 % Classes))];
        double[][] results = [.. ((int[])[1, 2, 3]).Select(threads =>
        {
            using var bench = new ComputeBench(Device, ElementType.Float32, threads);
            DeviceTensor gradient = bench.Rent(Shape.Matrix(Rows, Classes)), losses = bench.Upload([0.0]);
            bench.Compute.SoftmaxCrossEntropy(
                bench.Upload(outputs, gradient.Shape), bench.Upload(classes, Shape.Matrix(Rows, 1)), 1.0 / Rows, losses, 0, gradient);
            return (double[])[.. bench.Download(losses), .. bench.Download(gradient)];
        })];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(4, 9)]
    [InlineData(7, 13)]
    [InlineData(2, 67)]
    public void SumRows_OfAMatrixThatEndsWithItsPage_ReadsNothingBehindIt(int rows, int columns)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "protects a page the Linux way");
        using var page = new PageEnd(rows * columns * sizeof(float));
        var x = new Span<float>(page.First, rows * columns);
        for (int i = 0; i < x.Length; i++) x[i] = i + 1;
        float[] sums = new float[columns];
        fixed (float* target = sums)
            new SumRowsKernel<float>((float*)page.First, (float*)page.First, rows, columns, target, accumulate: false).Execute(0, columns);
        for (int column = 0; column < columns; column++)
            Assert.Equal(Enumerable.Range(0, rows).Sum(row => (row * columns + column + 1f) * (row * columns + column + 1f)), sums[column]);
    }

    [Fact]
    public void TensorOfAnotherFormat_ThrowsNamingBoth()
    {
        using var narrow = new ComputeBench(Device, ElementType.Float32);
        using var wide = new ComputeBench(Device);
        DeviceTensor foreign = wide.Upload([1.0]);
        var exception = Assert.Throws<ArgumentException>(() => narrow.Compute.SumOfSquares(foreign));
        Assert.Contains("Float64", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExportAndImport_BetweenTwoComputes_GiveTheValues()
    {
        using var one = new ComputeBench(Device, ElementType.Float32);
        using var other = new ComputeBench(Device, ElementType.Float32);
        DeviceTensor source = one.Upload(HostArrays.Gaussian(3, 5, 1)), target = other.Rent(source.Shape);
        DeviceTensor exported = one.Compute.Export(source, one.Pool);
        other.Compute.Import(exported, target);
        exported.Release();
        Assert.Equal(one.Download(source), other.Download(target));
        source.Release();
        Assert.Throws<InvalidOperationException>(source.Release);
    }

    [Fact]
    public void Buffer_AfterDispose_ThrowsInsteadOfTouchingFreedMemory()
    {
        var buffer = new CpuBuffer<float>(ElementType.Float32, 10);
        Assert.Equal(10, buffer.Span.Length);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
    }

    [Fact]
    public void Open_WithoutThreads_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Device.Open(new ComputeOptions(ElementType.Float32, Threads: 0)));
}
