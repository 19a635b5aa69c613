using PipelineBackprop.Optimizers;
using Xunit;

namespace PipelineBackprop.Tests.Optimizers;

public sealed class OptimizerTests : Testing.Compute.OptimizerTests
{
    [Fact]
    public void Decay_ExemptsBiasesUnlessAsked()
    {
        var decay = new WeightDecay(0.1);
        Assert.Equal(0.1, decay.For(isDecayed: true));
        Assert.Equal(0, decay.For(isDecayed: false));
        Assert.Equal(0.1, (decay with { IncludeExempt = true }).For(isDecayed: false));
    }

    [Fact]
    public void Decay_OfAdamW_IsDecoupledAndOfAdamAsAsked()
    {
        Assert.True(new WeightDecay(0.1).For(OptimizerRegistry.Create("adamw")).Decoupled);
        Assert.False(new WeightDecay(0.1).For(OptimizerRegistry.Create("adam")).Decoupled);
        Assert.True(new WeightDecay(0.1, Decoupled: true).For(OptimizerRegistry.Create("sgd")).Decoupled);
    }

    [Fact]
    public void Create_OfEveryKind_GivesThatOptimizer()
    {
        Assert.All(OptimizerRegistry.Kinds, kind => Assert.Equal(kind.Name, OptimizerRegistry.Create(kind.Name).Kind));
        var adam = (AdamOptimizer)OptimizerRegistry.Create("adamw", new OptimizerSettings { LearningRate = 2, Beta1 = 0.1, Beta2 = 0.2, Epsilon = 3 });
        Assert.Equal((2, 0.1, 0.2, 3, true), (adam.LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon, adam.DecouplesDecay));
        var sgd = (SgdOptimizer)OptimizerRegistry.Create("sgd", new OptimizerSettings { LearningRate = 2, Momentum = 0.5, Nesterov = true });
        Assert.Equal((2, 0.5, true), (sgd.LearningRate, sgd.Momentum, sgd.Nesterov));
    }

    public static TheoryData<string, OptimizerSettings, string> Bad => new()
    {
        { "adamm", OptimizerSettings.None, "There is no optimizer \"adamm\"; did you mean \"adam\"?" },
        { "sgd", new() { Beta1 = 0.9 }, "The setting \"beta1\" does not belong to an optimizer of kind sgd, which has learningRate, momentum, nesterov." },
        { "sgd", new() { LearningRate = 0 }, "The setting \"learningRate\" is 0; it must be a finite number above 0." },
        { "sgd", new() { Momentum = 1 }, "The setting \"momentum\" is 1; it must be at least 0 and below 1." },
        { "sgd", new() { Nesterov = true }, "The setting \"nesterov\" is true while \"momentum\" is 0; the look-ahead needs a momentum above 0." },
        { "adam", new() { Beta2 = 1 }, "The setting \"beta2\" is 1; it must be at least 0 and below 1." },
        { "adam", new() { Epsilon = double.PositiveInfinity }, "The setting \"epsilon\" is Infinity; it must be a finite number above 0." },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Create_OfBadInput_SaysInOneSentenceWhatWouldBeRight(string kind, OptimizerSettings settings, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidInputException>(() => OptimizerRegistry.Create(kind, settings)).Message);

    [Fact]
    public void Clipping_ScalesOnlyAboveItsNorm()
    {
        var clipping = new GradientClipping(2);
        Assert.Equal(1, clipping.Scale(0));
        Assert.Equal(1, clipping.Scale(1.9));
        Assert.Equal(2 / (8 + 1e-6), clipping.Scale(8));
        Assert.True(double.IsNaN(clipping.Scale(double.NaN)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientClipping(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientClipping(double.NaN));
    }
}
