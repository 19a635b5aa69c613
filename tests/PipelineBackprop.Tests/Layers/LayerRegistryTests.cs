using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using Xunit;

namespace PipelineBackprop.Tests.Layers;

public sealed class LayerRegistryTests
{
    [Fact]
    public void Create_OfEveryKind_GivesALayerOfThatKind()
    {
        var settings = new Dictionary<string, LayerSettings>
        {
            ["dense"] = new() { Outputs = 3 },
            ["activation"] = new() { Activation = "gelu" },
        };
        foreach (LayerKind kind in LayerRegistry.Kinds)
        {
            Layer layer = LayerRegistry.Create(kind.Name, 4, settings.GetValueOrDefault(kind.Name, LayerSettings.None));
            Assert.Equal(kind.Name, layer.Kind);
            Assert.Equal(4, layer.Inputs);
        }
    }

    [Fact]
    public void Create_WithEverySetting_UsesThem()
    {
        var dense = (DenseLayer)LayerRegistry.Create(
            "dense", 4, new LayerSettings { Outputs = 3, Activation = "leakyRelu", Slope = 0.2, Bias = false, Initializer = "normal" });
        Assert.Equal(3, dense.Outputs);
        Assert.Equal(new Activation(ActivationKind.LeakyRelu, 0.2), dense.Activation);
        Assert.False(dense.HasBias);
        Assert.Equal("normal", dense.Parameters[0].Initializer.Name);
        Assert.Equal(0.25, ((DropoutLayer)LayerRegistry.Create("dropout", 4, new LayerSettings { Rate = 0.25 })).Rate);
        Assert.Equal(0.1, ((LayerNormalizationLayer)LayerRegistry.Create("layerNormalization", 4, new LayerSettings { Epsilon = 0.1 })).Epsilon);
    }

    public static TheoryData<string, LayerSettings, string> Bad => new()
    {
        { "dens", LayerSettings.None, "There is no layer kind \"dens\"; did you mean \"dense\"?" },
        { "convolution", LayerSettings.None, "There is no layer kind \"convolution\"; it is one of dense, activation, dropout, layerNormalization." },
        { "relu", LayerSettings.None, "There is no layer kind \"relu\"; the kind is \"activation\" with the setting \"activation\": \"relu\"." },
        { "dense", LayerSettings.None, "A layer of kind dense needs the setting \"outputs\", which is missing." },
        { "dense", new() { Outputs = 0 }, "The setting \"outputs\" is 0; it must be at least 1." },
        { "dense", new() { Outputs = 3, Rate = 0.5 },
            "The setting \"rate\" does not belong to a layer of kind dense, which has outputs, activation, slope, bias, initializer." },
        { "dense", new() { Outputs = 3, Activation = "rleu" }, "There is no activation \"rleu\"; did you mean \"relu\"?" },
        { "dense", new() { Outputs = 3, Activation = "Tanh" }, "There is no activation \"Tanh\"; did you mean \"tanh\"?" },
        { "dense", new() { Outputs = 3, Activation = "relu", Slope = 0.1 },
            "The setting \"slope\" does not belong to the activation relu; only leakyRelu has a slope." },
        { "dense", new() { Outputs = 3, Activation = "leakyRelu", Slope = -0.1 }, "The setting \"slope\" is -0.1; it must be a finite number above 0." },
        { "dense", new() { Outputs = 3, Initializer = "heNromal" }, "There is no initializer \"heNromal\"; did you mean \"heNormal\"?" },
        { "dropout", new() { Rate = 1.0 }, "The setting \"rate\" is 1; it must be at least 0 and below 1." },
        { "dropout", new() { Rate = double.NaN }, "The setting \"rate\" is NaN; it must be at least 0 and below 1." },
        { "dropout", new() { Outputs = 3 }, "The setting \"outputs\" does not belong to a layer of kind dropout, which has rate." },
        { "layerNormalization", new() { Epsilon = 0.0 }, "The setting \"epsilon\" is 0; it must be a finite number above 0." },
        { "activation", LayerSettings.None, "A layer of kind activation needs the setting \"activation\", which is missing." },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Create_OfBadInput_SaysInOneSentenceWhatWouldBeRight(string kind, LayerSettings settings, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidInputException>(() => LayerRegistry.Create(kind, 4, settings)).Message);

    [Fact]
    public void Names_OfActivations_GoBothWays()
    {
        Assert.Equal(Enum.GetValues<ActivationKind>().Order(), ActivationNames.All.Select(name => ActivationNames.Parse(name).Kind).Order());
        Assert.All(ActivationNames.All, name => Assert.Equal(name, ActivationNames.Of(ActivationNames.Parse(name).Kind)));
    }

    [Theory]
    [InlineData("xavierUniform", 0.0894427191)]
    [InlineData("xavierNormal", 0.0894427191)]
    [InlineData("heUniform", 0.1)]
    [InlineData("heNormal", 0.1)]
    public void Initializers_OfAWeightOf50OutputsAnd200Inputs_TellTheFansApart(string name, double deviation)
    {
        double[] values = new double[10_000];
        InitializerNames.Parse(name).Fill(new RandomStream(1, 2), Shape.Matrix(50, 200), values);
        Assert.Equal(deviation, Math.Sqrt(values.Average(value => value * value)), 0.035 * deviation);
    }

    [Theory]
    [InlineData("xavierUniform", 0.1)]
    [InlineData("xavierNormal", 0.1)]
    [InlineData("heUniform", 0.1414213562)]
    [InlineData("heNormal", 0.1414213562)]
    [InlineData("normal", 0.01)]
    [InlineData("zeros", 0)]
    public void Initializers_OfAWeight100By100_HaveTheirDeviation(string name, double deviation)
    {
        double[] values = new double[10_000];
        InitializerNames.Parse(name).Fill(new RandomStream(1, 2), Shape.Matrix(100, 100), values);
        double own = Math.Sqrt(values.Average(value => value * value));
        // A sample deviation of 10,000 numbers is within 1 % or so of its own: five of its deviations are 3.5 %.
        Assert.Equal(deviation, own, 0.035 * deviation);
        Assert.Equal(name, InitializerNames.Parse(name).Name == "constant" ? "zeros" : InitializerNames.Parse(name).Name);
    }
}
