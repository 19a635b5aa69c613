using PipelineBackprop.Layers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Layers;
using Xunit;

namespace PipelineBackprop.Tests.Layers;

public sealed class DropoutLayerTests : LayerTests
{
    protected override IReadOnlyList<Layer> Layers => [new DropoutLayer(13, 0.3), new DropoutLayer(5), new DropoutLayer(4, 0)];

    protected override bool PredictsAsTrained => false;

    [Fact]
    public void Forward_InPrediction_IsTheIdentity()
    {
        using var harness = new LayerHarness(new DropoutLayer(7, 0.9), Device);
        double[,] x = HostArrays.Gaussian(3, 7, 1);
        Assert.Equal(HostArrays.Flatten(x), harness.Forward(x, training: false));
    }

    [Fact]
    public void Forward_InTraining_DropsWhatTheMaskSays()
    {
        const double Rate = 0.4;
        using var harness = new LayerHarness(new DropoutLayer(13, Rate), Device);
        double[,] x = HostArrays.Gaussian(5, 13, 1);
        double[] y = harness.Forward(x, firstExample: 3);
        for (int i = 0; i < y.Length; i++)
        {
            // Key and step are the harness's.
            bool kept = Philox.Word(99, 5, 3 * 13 + (ulong)i) >= Rate * 4294967296.0;
            Assert.Equal(kept ? x[i / 13, i % 13] * (1 / (1 - Rate)) : 0, y[i]);
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void Forward_OverManyElements_DropsTheRateAndKeepsTheMean(double rate)
    {
        using var harness = new LayerHarness(new DropoutLayer(100, rate), Device, ElementType.Float32);
        double[,] ones = HostArrays.Shaped([.. Enumerable.Repeat(1.0, 100_000)], 1000, 100);
        double[] y = harness.Forward(ones);
        // Five deviations of a binomial share of 100,000.
        double deviation = Math.Sqrt(rate * (1 - rate) / y.Length);
        Assert.InRange(y.Count(value => value == 0) / (double)y.Length, rate - 5 * deviation, rate + 5 * deviation);
        Assert.InRange(y.Average(), 1 - 5 * deviation / (1 - rate), 1 + 5 * deviation / (1 - rate));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void Constructor_OfAnImpossibleRate_Throws(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DropoutLayer(3, rate));
}
