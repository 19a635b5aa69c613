using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Testing.Layers;
using Xunit;

namespace PipelineBackprop.Tests.Layers;

public sealed class DenseLayerTests : LayerTests
{
    /// <summary>Every fused form: each activation, with and without bias.</summary>
    protected override IReadOnlyList<Layer> Layers =>
    [
        .. from name in ActivationNames.All
           from bias in (bool[])[true, false]
           select new DenseLayer(6, 5, ActivationNames.Parse(name), bias),
        new DenseLayer(6, 5, new Activation(ActivationKind.LeakyRelu, 0.3)),
        new DenseLayer(1, 9, Activation.Tanh),
        new DenseLayer(13, 1),
    ];

    [Fact]
    public void Parameters_OfALayerWithBias_AreADecayedWeightAndAnExemptBias()
    {
        var layer = new DenseLayer(3, 2);
        Assert.Equal(["weight [2×3] True", "bias [2] False"], layer.Parameters.Select(p => $"{p.Name} {p.Shape} {p.IsDecayed}"));
        Assert.Equal("weight", Assert.Single(new DenseLayer(3, 2, bias: false).Parameters).Name);
    }

    [Theory]
    [InlineData("relu", "heNormal")]
    [InlineData("leakyRelu", "heNormal")]
    [InlineData("gelu", "heNormal")]
    [InlineData("silu", "heNormal")]
    [InlineData("identity", "xavierUniform")]
    [InlineData("tanh", "xavierUniform")]
    [InlineData("sigmoid", "xavierUniform")]
    public void Initializer_ByDefault_SuitsTheActivation(string activation, string initializer) =>
        Assert.Equal(initializer, new DenseLayer(3, 2, ActivationNames.Parse(activation)).Parameters[0].Initializer.Name);

    [Fact]
    public void ToString_NamesWidthsAndActivation()
    {
        Assert.Equal("dense 784→256 leakyRelu", new DenseLayer(784, 256, new Activation(ActivationKind.LeakyRelu)).ToString());
        Assert.Equal("dense 3→2", new DenseLayer(3, 2).ToString());
    }
}
