using System.Numerics;
using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Reference;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

public sealed class LaneMathTests
{
    public static TheoryData<ActivationKind, ElementType> Functions()
    {
        var functions = new TheoryData<ActivationKind, ElementType>();
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
            foreach (ElementType type in Enum.GetValues<ElementType>()) functions.Add(kind, type);
        return functions;
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Activate_BesideAnyNeighbour_HasTheBitsOfTheElementAlone(ActivationKind kind, ElementType type)
    {
        using var bench = new ComputeBench(CpuDevice.Instance, type);
        double[] ordinary = HostArrays.Gaussian(64, 3, scale: 4);
        double[][] alone = Both(ordinary);
        foreach (double neighbour in new[] { 1e-320, 40, -40, 800, -800, 1e30, -1e30, double.PositiveInfinity, double.NegativeInfinity, double.NaN })
        {
            double[][] mixed = Both([.. ordinary.Select((value, i) => i % 3 == 1 ? neighbour : value)]);
            for (int i = 0; i < ordinary.Length; i++)
            {
                if (i % 3 == 1) continue;
                Assert.Equal((alone[0][i], alone[1][i]), (mixed[0][i], mixed[1][i]));
            }
        }

        // φ(z), and φ'(z) by way of what the layer saves.
        double[][] Both(double[] z)
        {
            var activation = new Activation(kind);
            DeviceTensor input = bench.Upload(z), output = bench.Rent(input.Shape), slope = bench.Rent(input.Shape), ones = bench.Upload([.. z.Select(_ => 1.0)]);
            bench.Compute.Activate(activation, input, output);
            bench.Compute.ActivateBackward(activation, activation.DerivativeFromOutput ? output : input, ones, slope);
            return [bench.Download(output), bench.Download(slope)];
        }
    }

    [Fact]
    public void Exponential_InFloat64_IsRightAllOverItsRange()
    {
        for (double x = -708; x <= 709.7; x += 0.0173)
        {
            double expected = Math.Exp(x), own = LaneMath<double>.Exp(new Vector<double>(x))[0];
            Assert.True(Math.Abs(own - expected) <= 3e-16 * expected, $"e^{x} is {expected}, got {own}");
        }
    }

    [Fact]
    public void Exponential_InFloat64_AtItsEdges()
    {
        Assert.Equal(1, LaneMath<double>.Exp(Vector<double>.Zero)[0]);
        Assert.Equal(0, LaneMath<double>.Exp(new Vector<double>(double.NegativeInfinity))[0]);
        Assert.Equal(0, LaneMath<double>.Exp(new Vector<double>(-745.2))[0]);
        Assert.Equal(Math.Exp(-740), LaneMath<double>.Exp(new Vector<double>(-740))[0], 5e-324); // subnormal
        Assert.Equal(double.PositiveInfinity, LaneMath<double>.Exp(new Vector<double>(709.79))[0]);
        Assert.Equal(double.PositiveInfinity, LaneMath<double>.Exp(new Vector<double>(double.PositiveInfinity))[0]);
        Assert.True(double.IsNaN(LaneMath<double>.Exp(new Vector<double>(double.NaN))[0]));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(-0.7)]
    [InlineData(-20.0)]
    [InlineData(80.0)]
    [InlineData(-95.0)]
    public void Exponential_InFloat32_IsRightToItsLastDigits(double x)
    {
        float own = LaneMath<float>.Exp(new Vector<float>((float)x))[0];
        double expected = Math.Exp((float)x);
        Assert.Equal(expected, own, 2e-7 * expected + 1e-45);
    }

    [Fact]
    public void Exponential_InFloat32_AtItsEdges()
    {
        Assert.Equal(1, LaneMath<float>.Exp(Vector<float>.Zero)[0]);
        Assert.Equal(0, LaneMath<float>.Exp(new Vector<float>(float.NegativeInfinity))[0]);
        Assert.Equal(0, LaneMath<float>.Exp(new Vector<float>(-106))[0]);
        Assert.Equal(float.PositiveInfinity, LaneMath<float>.Exp(new Vector<float>(89))[0]);
        Assert.Equal(float.PositiveInfinity, LaneMath<float>.Exp(new Vector<float>(float.PositiveInfinity))[0]);
        Assert.True(float.IsNaN(LaneMath<float>.Exp(new Vector<float>(float.NaN))[0]));
    }

    [Fact]
    public void Cumulative_FromTheFarTailOn_HasItsRelativeAccuracy()
    {
        for (double z = -12; z <= 6; z += 0.01)
        {
            double expected = Naive.Cumulative(z), own = NormalDistribution.Cumulative(new Vector<double>(z))[0];
            Assert.True(Math.Abs(own - expected) <= 1e-13 * expected, $"Φ({z}) is {expected}, got {own}");
        }
    }

    [Fact]
    public void Exponential_InFloat32_IsRightAllOverItsRange()
    {
        for (double x = -87; x <= 88.7; x += 0.0173)
        {
            double expected = Math.Exp((float)x), own = LaneMath<float>.Exp(new Vector<float>((float)x))[0];
            Assert.True(Math.Abs(own - expected) <= 2e-7 * expected, $"e^{(float)x} is {expected}, got {own}");
        }
    }

    [Fact]
    public void Cumulative_InFloat32_KeepsItsDigitsFarIntoTheTail()
    {
        for (double z = -13; z <= 6; z += 0.0037)
        {
            double expected = Naive.Cumulative((float)z), own = SingleNormalDistribution.Cumulative(new Vector<float>((float)z), out _)[0];
            double allowed = z >= -3 ? 3e-7 : 1.5e-6;
            Assert.True(Math.Abs(own - expected) <= allowed * expected, $"Φ({(float)z}) is {expected}, got {own}");
        }
    }

    [Theory]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(1e30, 1)]
    [InlineData(-1e30, 0)]
    [InlineData(double.NaN, double.NaN)]
    public void Cumulative_InFloat32_AtItsEdges(double z, double expected)
    {
        Vector<float> own = SingleNormalDistribution.Cumulative(new Vector<float>((float)z), out _);
        Assert.Equal((float)expected, own[0]);
    }

    [Fact]
    public void Tanh_OfMinusX_IsMinusTanhToTheLastBit()
    {
        foreach (double x in (double[])[0, 1e-320, 1e-40, 0.1, 0.3, 0.624, 0.625, 0.7, 3, 30, double.PositiveInfinity])
        {
            Assert.Equal(Bits(-LaneMath<double>.Tanh(new Vector<double>(x))[0]), Bits(LaneMath<double>.Tanh(new Vector<double>(-x))[0]));
            Assert.Equal(Bits(-LaneMath<float>.Tanh(new Vector<float>((float)x))[0]), Bits(LaneMath<float>.Tanh(new Vector<float>(-(float)x))[0]));
        }
        static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);
    }

    [Fact]
    public void Tanh_InFloat32_HasItsRelativeAccuracy()
    {
        for (double x = 1e-6; x <= 20; x *= 1.003)
        {
            double expected = Math.Tanh((float)x), own = LaneMath<float>.Tanh(new Vector<float>((float)x))[0];
            Assert.True(Math.Abs(own - expected) <= 2e-7 * expected, $"tanh {(float)x} is {expected}, got {own}");
            Assert.Equal(-own, LaneMath<float>.Tanh(new Vector<float>((float)-x))[0]);
        }
    }
}
