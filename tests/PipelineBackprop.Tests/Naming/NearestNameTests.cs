using CsCheck;
using PipelineBackprop.Naming;
using Xunit;

namespace PipelineBackprop.Tests.Naming;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("relu", "", 4)]
    [InlineData("relu", "rleu", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)]
    public void Distance_OfKnownPairs_IsTheirs(string a, string b, int distance) => Assert.Equal(distance, NearestName.Distance(a, b));

    [Fact]
    public void Distance_IsSymmetricAndZeroOnlyForEquals() => Gen.Select(Gen.String[Gen.Char['a', 'd'], 0, 6], Gen.String[Gen.Char['a', 'd'], 0, 6])
        .Sample(
            (a, b) => NearestName.Distance(a, b) == NearestName.Distance(b, a) && NearestName.Distance(a, b) == 0 == (a == b)
                && NearestName.Distance(a, b) <= Math.Max(a.Length, b.Length),
            seed: "0000Kv1uAcF3", iter: 2000);

    [Theory]
    [InlineData("momentun", "momentum")]
    [InlineData("LEARNINGRATE", "learningRate")]
    [InlineData("lerningRat", "learningRate")]
    [InlineData("lerningRt", "learningRate")]
    [InlineData("banana", null)]
    public void Of_AMistypedName_IsTheOneMeant(string typed, string? meant) =>
        Assert.Equal(meant, NearestName.Of(typed, ["momentum", "learningRate", "nesterov"]));

    [Fact]
    public void Of_SeveralAsNear_IsTheFirst() => Assert.Equal("bat", NearestName.Of("cat", ["bat", "hat"]));
}
