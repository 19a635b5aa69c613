using CsCheck;
using PipelineBackprop.Compute;

namespace PipelineBackprop.Gpu.Tests;

public sealed class StageSpreadTests
{
    [Theory]
    [InlineData("1,1,1,1", "0,0,1,1")]
    [InlineData("4,1,1,1", "0,1,1,1")]
    [InlineData("1,1,1,4", "0,0,0,1")]
    [InlineData("5", "0")]
    public void Over_TwoEqualDevices_BalancesTheCost(string costs, string expected) =>
        Assert.Equal(Numbers(expected), StageSpread.Over([100, 100], [.. Numbers(costs).Select(cost => new StageDemand(1, cost))]));

    [Fact]
    public void Over_SmallFirstDevice_GivesItWhatFits() =>
        Assert.Equal([0, 1, 1, 1], StageSpread.Over([15, 100], [.. Enumerable.Repeat(new StageDemand(10, 10), 4)]));

    [Fact]
    public void Over_NothingFits_FillsByMemory() =>
        Assert.Equal([0, 1, 1], StageSpread.Over([10, 20], [.. Enumerable.Repeat(new StageDemand(40, 1), 3)]));

    [Fact]
    public void Over_AnyLoadsThatFit_IsAsEvenAsTheBestOfAllWays() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 9].Array[1, 6]).Sample((devices, costs) =>
        {
            int[] chosen = StageSpread.Over([.. Enumerable.Repeat(1000L, devices)], [.. costs.Select(cost => new StageDemand(1, cost))]);
            Assert.Equal(chosen.Order(), chosen);
            Assert.Equal(Best(costs, devices), Busiest(costs, chosen));
        }, iter: 300);

    [Fact]
    public void Over_AFasterDevice_GivesItMore() =>
        Assert.Equal([0, 1, 1, 1], StageSpread.Over([100, 100], [.. Enumerable.Repeat(new StageDemand(1, 1), 4)], [[3, 3, 3, 3], [1, 1, 1, 1]]));

    [Fact]
    public void Over_MeasuredTimesAndTooLittleMemory_MemoryDecides() =>
        Assert.Equal([0, 0, 0, 1], StageSpread.Over([100, 15], [.. Enumerable.Repeat(new StageDemand(10, 1), 4)], [[3, 3, 3, 3], [1, 1, 1, 1]]));

    private static int Busiest(int[] costs, int[] chosen) => chosen.Zip(costs).GroupBy(pair => pair.First).Max(group => group.Sum(pair => pair.Second));

    // Every way to cut, written out.
    private static int Best(int[] costs, int devices)
    {
        if (devices == 1) return costs.Sum();
        return Enumerable.Range(0, costs.Length + 1).Min(cut => Math.Max(Best(costs[..cut], devices - 1), costs[cut..].Sum()));
    }

    private static int[] Numbers(string list) => Array.ConvertAll(list.Split(','), int.Parse);
}
