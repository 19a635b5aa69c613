using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

/// <summary>A weight's copy in the order of the matrix product gives the bits of the weight itself, also after the weight has changed.</summary>
public sealed class WeightPackingTests
{
    [Theory]
    [InlineData(1, 784, 256)]
    [InlineData(5, 33, 32)]
    [InlineData(13, 300, 127)]
    [InlineData(64, 1, 45)]
    [InlineData(300, 513, 65)]
    [InlineData(1100, 400, 70)]
    public void PackedWeight_InBothProducts_GivesTheSameBits(int rows, int inputs, int outputs)
    {
        foreach (ElementType format in (ElementType[])[ElementType.Float32, ElementType.Float64])
        {
            foreach (int threads in (int[])[1, 3])
            {
                using var bench = new ComputeBench(CpuDevice.Instance, format, threads);
                var operands = new Operands(bench, rows, inputs, outputs);
                AssertSameBits(operands);
                bench.Compute.SgdUpdate(new SgdStep(0.1, 1, 0, 0, 0, false), operands.Gradient, null, operands.Weight);
                AssertSameBits(operands);
                bench.Compute.Upload(HostArrays.Gaussian(outputs * inputs, 9), operands.Weight);
                AssertSameBits(operands);
            }
        }
    }

    [Fact]
    public void Pack_IntoABufferThatWasUsedMeanwhile_PacksAgain()
    {
        using var bench = new ComputeBench(CpuDevice.Instance, ElementType.Float32);
        DeviceTensor weight = bench.Upload(HostArrays.Gaussian(40, 50, 1));
        DeviceTensor packed = bench.Rent(Shape.Vector(bench.Compute.PackedElements(weight.Shape, WeightUse.Forward)));
        bench.Compute.Pack(weight, WeightUse.Forward, packed);
        double[] expected = bench.Download(packed);
        bench.Compute.Fill(packed, 7);
        bench.Compute.Pack(weight, WeightUse.Forward, packed);
        Assert.Equal(expected, bench.Download(packed));
    }

    [Fact]
    public void PackedElements_WhereColumnsFillNoPanel_IsZero()
    {
        using var bench = new ComputeBench(CpuDevice.Instance, ElementType.Float32);
        Assert.Equal(0, bench.Compute.PackedElements(Shape.Matrix(1, 784), WeightUse.Forward));
        Assert.True(bench.Compute.PackedElements(Shape.Matrix(1, 784), WeightUse.InputGradient) >= 784);
    }

    [Fact]
    public void PackedElements_WherePanelsAreMoreThanATensorHolds_IsZero()
    {
        using var bench = new ComputeBench(CpuDevice.Instance, ElementType.Float32);
        // One column more than a panel has takes two, so that a weight that a tensor holds has nearly twice as many elements in panels.
        int columns = MatrixProduct.PanelColumns<float>() + 1;
        Assert.Equal(0, bench.Compute.PackedElements(Shape.Matrix(columns, int.MaxValue / columns), WeightUse.Forward));
        Assert.Equal(0, bench.Compute.PackedElements(Shape.Matrix(int.MaxValue / columns, columns), WeightUse.InputGradient, isFrozen: true));
        Assert.Equal(2 * (columns - 1) * 1000, bench.Compute.PackedElements(Shape.Matrix(columns, 1000), WeightUse.Forward));
    }

    [Fact]
    public void SumOfSquares_AfterAnUpdate_HasTheBitsOfItsOwnPass()
    {
        foreach (ElementType format in (ElementType[])[ElementType.Float32, ElementType.Float64])
        {
            using var bench = new ComputeBench(CpuDevice.Instance, format, threads: 2);
            DeviceTensor weight = bench.Upload(HostArrays.Gaussian(300, 777, 1)), gradient = bench.Upload(HostArrays.Gaussian(300, 777, 2));
            double before = bench.Compute.SumOfSquares(weight);
            bench.Compute.AdamUpdate(new AdamStep(0.1, 1, 0, 0, 0.9, 0.99, 1e-8, 1), gradient, bench.Upload(new double[300, 777]), bench.Upload(new double[300, 777]), weight);
            double after = bench.Compute.SumOfSquares(weight);
            Assert.NotEqual(before, after);
            Assert.Equal(bench.Compute.SumOfSquares(bench.Upload(bench.Download(weight))), after);
        }
    }

    private static void AssertSameBits(Operands operands)
    {
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            foreach (bool keepsZ in (bool[])[false, true])
                Assert.Equal(operands.Linear(kind, packed: false, keepsZ), operands.Linear(kind, packed: true, keepsZ));
        }
        Assert.Equal(operands.InputGradient(packed: false), operands.InputGradient(packed: true));
    }

    private sealed class Operands(ComputeBench bench, int rows, int inputs, int outputs)
    {
        private readonly DeviceTensor _x = bench.Upload(HostArrays.Gaussian(rows, inputs, 1)), _dz = bench.Upload(HostArrays.Gaussian(rows, outputs, 2));
        private readonly DeviceTensor _bias = bench.Upload(HostArrays.Gaussian(outputs, 3));
        private readonly Dictionary<WeightUse, DeviceTensor> _packed = [];

        public DeviceTensor Weight { get; } = bench.Upload(HostArrays.Gaussian(outputs, inputs, 4));

        public DeviceTensor Gradient { get; } = bench.Upload(HostArrays.Gaussian(outputs, inputs, 5));

        public double[] Linear(ActivationKind kind, bool packed, bool keepsZ)
        {
            DeviceTensor y = bench.Rent(_dz.Shape);
            DeviceTensor? z = keepsZ ? bench.Rent(_dz.Shape) : null;
            bench.Compute.Linear(_x, Weight, packed ? Packed(WeightUse.Forward) : null, _bias, new Activation(kind), z, y);
            double[] values = [.. bench.Download(y), .. z is null ? [] : bench.Download(z)];
            y.Release();
            z?.Release();
            return values;
        }

        public double[] InputGradient(bool packed)
        {
            DeviceTensor dx = bench.Rent(_x.Shape);
            bench.Compute.LinearInputGradient(_dz, Weight, packed ? Packed(WeightUse.InputGradient) : null, dx);
            double[] values = bench.Download(dx);
            dx.Release();
            return values;
        }

        private DeviceTensor? Packed(WeightUse use)
        {
            int elements = bench.Compute.PackedElements(Weight.Shape, use);
            if (elements == 0) return null;
            if (!_packed.TryGetValue(use, out DeviceTensor? packed)) _packed[use] = packed = bench.Rent(Shape.Vector(elements));
            bench.Compute.Pack(Weight, use, packed);
            return packed;
        }
    }
}
