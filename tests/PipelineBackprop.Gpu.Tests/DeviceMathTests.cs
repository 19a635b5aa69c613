using PipelineBackprop.Gpu.Kernels;

namespace PipelineBackprop.Gpu.Tests;

public sealed class DeviceMathTests
{
    // A few units in the last place of float32 (6e-8 each).
    private const double Accuracy = 4e-7;

    [Fact] public void Exp_MatchesMath() => Check(DeviceMath.Exp, Math.Exp, -87, 88.7);

    [Fact] public void Log_MatchesMath() => Check(DeviceMath.Log, Math.Log, 1.001, 1e6);

    [Fact] public void LogOnePlus_MatchesMath() => Check(DeviceMath.LogOnePlus, x => Math.Log(1 + x), 0.001, 3e7);

    [Fact] public void LogOnePlus_TinyArgument_MatchesSeries() => Check(DeviceMath.LogOnePlus, x => x - x * x / 2, 1e-9, 1e-4);

    [Fact] public void Tanh_MatchesMath() => Check(DeviceMath.Tanh, Math.Tanh, -12, 12);

    [Fact] public void Sigmoid_MatchesMath() => Check(DeviceMath.Sigmoid, x => 1 / (1 + Math.Exp(-x)), -80, 80);

    [Fact] public void Softplus_MatchesMath() => Check(DeviceMath.Softplus, x => Math.Log(1 + Math.Exp(x)), -12, 80);

    [Fact] public void NormalDistribution_MatchesSeries() => Check(DeviceMath.NormalDistribution, Reference.NormalDistribution, 0, 8);

    [Fact]
    public void NormalDistribution_LowerTail_MatchesSeries()
    {
        // Φ = ½ + ½ erf cancels here, and gelu multiplies by it: what counts is the absolute error.
        for (float x = -6; x < 0; x += 0.001f)
            Assert.True(Math.Abs(DeviceMath.NormalDistribution(x) - Reference.NormalDistribution(x)) < 1e-7);
    }

    [Theory]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(0f, 1f)]
    [InlineData(89f, float.PositiveInfinity)]
    [InlineData(-200f, 0f)]
    public void Exp_SpecialArguments_HaveTheirLimits(float x, float expected) => Assert.Equal(expected, DeviceMath.Exp(x));

    [Fact]
    public void Exp_BelowTheNormalRange_IsSubnormal()
    {
        double expected = Math.Exp(-100);
        Assert.InRange(DeviceMath.Exp(-100), expected - float.Epsilon, expected + float.Epsilon);
    }

    private static void Check(Func<float, float> actual, Func<double, double> reference, double low, double high)
    {
        for (int i = 0; i <= 20_000; i++)
        {
            float x = (float)(low + (high - low) * i / 20_000);
            double expected = reference(x);
            double error = Math.Abs(actual(x) - expected);
            Assert.True(error <= Accuracy * Math.Abs(expected), $"at {x}: {actual(x)} instead of {expected}");
        }
    }
}
