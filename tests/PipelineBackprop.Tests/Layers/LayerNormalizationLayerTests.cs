using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Layers;
using Xunit;

namespace PipelineBackprop.Tests.Layers;

public sealed class LayerNormalizationLayerTests : LayerTests
{
    protected override IReadOnlyList<Layer> Layers => [new LayerNormalizationLayer(13), new LayerNormalizationLayer(4, 0.1), new LayerNormalizationLayer(40)];

    [Fact]
    public void Parameters_AreExemptFromDecayAndStartAsTheIdentity()
    {
        var layer = new LayerNormalizationLayer(3);
        Assert.Equal(["gain [3] False", "shift [3] False"], layer.Parameters.Select(p => $"{p.Name} {p.Shape} {p.IsDecayed}"));
    }

    [Theory]
    [InlineData(ElementType.Float64, 1e-11)]
    [InlineData(ElementType.Float32, 1e-6)]
    public void Forward_OfRowsFarFromZero_HasMeanZeroAndVarianceOne(ElementType type, double tolerance)
    {
        using var harness = new LayerHarness(new LayerNormalizationLayer(37, 1e-12), Device, type);
        harness.SetParameter(0, [.. Enumerable.Repeat(1.0, 37)]);
        harness.SetParameter(1, new double[37]);
        // Quarters are exact in float32, so what is measured is the layer and not the rounding of its input.
        double[,] x = new double[2, 37];
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 37; j++) x[i, j] = 1000 + 0.25 * (j * j % 11) * (i + 1);
        double[] y = harness.Forward(x);
        for (int row = 0; row < 2; row++)
        {
            double[] own = y[(row * 37)..((row + 1) * 37)];
            Close.Each([0], [own.Average()], tolerance, "mean", floor: 1);
            Close.Each([1], [own.Average(value => value * value)], tolerance, "variance");
        }
    }

    [Theory]
    [InlineData(1e20)]
    [InlineData(1e37)]
    public void Forward_OfRowsWhoseSquaresAreBeyondFloat32_IsThatOfSmallerOnes(double scale)
    {
        using var harness = new LayerHarness(new LayerNormalizationLayer(13), Device, ElementType.Float32);
        double[,] x = HostArrays.Gaussian(3, 13, 4), scaled = new double[3, 13];
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 13; j++) scaled[i, j] = scale * x[i, j];
        // ε is nothing beside either variance.
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 13; j++) x[i, j] *= 1e4;
        Close.Each(harness.Forward(x), harness.Forward(scaled), 1e-5, "y", floor: 1);
    }
}
