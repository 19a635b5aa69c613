using PipelineBackprop.Losses;
using Xunit;

namespace PipelineBackprop.Tests.Losses;

public sealed class LossRegistryTests
{
    [Fact]
    public void Create_OfEveryKind_GivesThatLoss()
    {
        Assert.All(LossRegistry.Kinds, kind => Assert.Equal(kind.Name, LossRegistry.Create(kind.Name).Kind));
        Assert.Equal(2.5, ((HuberLoss)LossRegistry.Create("huber", new LossSettings { Delta = 2.5 })).Delta);
    }

    [Fact]
    public void Create_OfBadInput_SaysWhatWouldBeRight()
    {
        Assert.Equal(
            "There is no loss \"hubert\"; did you mean \"huber\"?",
            Assert.Throws<InvalidInputException>(() => LossRegistry.Create("hubert")).Message);
        Assert.Equal(
            "The setting \"delta\" does not belong to a loss of kind halfSquaredError, which has no settings.",
            Assert.Throws<InvalidInputException>(() => LossRegistry.Create("halfSquaredError", new LossSettings { Delta = 1 })).Message);
        Assert.Equal(
            "The setting \"delta\" is -1; it must be a finite number above 0.",
            Assert.Throws<InvalidInputException>(() => LossRegistry.Create("huber", new LossSettings { Delta = -1 })).Message);
    }
}
