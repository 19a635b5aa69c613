using CsCheck;
using PipelineBackprop.Planning;
using Xunit;

namespace PipelineBackprop.Tests.Planning;

public sealed class StagePartitionerTests
{
    [Fact]
    public void The_cut_is_as_good_as_the_best_of_all_cuts() =>
        Gen.Int[1, 9].SelectMany(count => Gen.Select(Gen.Long[0, 50].Array[count], Gen.Int[1, count])).Sample((costs, stages) =>
        {
            int[] boundaries = StagePartitioner.Balance(costs, stages);
            Assert.Equal(stages, boundaries.Length);
            Assert.Equal(0, boundaries[0]);
            for (int stage = 1; stage < stages; stage++) Assert.InRange(boundaries[stage], boundaries[stage - 1] + 1, costs.Length - 1);
            Assert.Equal(Cuts(costs.Length, stages).Min(cut => Dearest(costs, cut)), Dearest(costs, boundaries));
        });

    [Fact]
    public void One_stage_takes_all_and_as_many_stages_as_layers_take_one_each() =>
        Gen.Long[0, 1_000_000].Array[1, 20].Sample(costs =>
        {
            Assert.Equal([0], StagePartitioner.Balance(costs, 1));
            Assert.Equal(Enumerable.Range(0, costs.Length), StagePartitioner.Balance(costs, costs.Length));
        });

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(4)]
    public void Balance_StagesOutsideOneToLayers_Throws(int stages) =>
        Assert.Equal(stages, Assert.Throws<ArgumentOutOfRangeException>(() => StagePartitioner.Balance([1, 2, 3], stages)).ActualValue);

    [Fact]
    public void Runs_that_are_impossible_are_never_taken_and_no_cut_is_null() =>
        Gen.Int[1, 8].SelectMany(count => Gen.Select(Gen.Long[0, 50].Array[count], Gen.Int[1, count], Gen.Long[0, 120])).Sample((costs, stages, most) =>
        {
            // A later stage may have less than an earlier one.
            long? Cost(int stage, int first, int end) => costs[first..end].Sum() is var sum && sum > most - 10 * stage ? null : sum;
            bool Possible(int[] cut) => cut.Select((first, stage) => Cost(stage, first, stage + 1 < cut.Length ? cut[stage + 1] : costs.Length)).All(cost => cost is not null);
            int[][] possible = [.. Cuts(costs.Length, stages).Where(Possible)];

            int[]? boundaries = StagePartitioner.Balance<long>(costs.Length, stages, Cost);

            Assert.Equal(possible.Length == 0, boundaries is null);
            if (boundaries is null) return;
            Assert.True(Possible(boundaries));
            Assert.Equal(possible.Min(cut => Dearest(costs, cut)), Dearest(costs, boundaries));
        });

    private static long Dearest(long[] costs, int[] boundaries)
    {
        long dearest = 0;
        for (int stage = 0; stage < boundaries.Length; stage++)
        {
            int end = stage + 1 < boundaries.Length ? boundaries[stage + 1] : costs.Length;
            dearest = Math.Max(dearest, costs[boundaries[stage]..end].Sum());
        }
        return dearest;
    }

    /// <summary>Every way to cut that many layers into that many non-empty stages.</summary>
    private static IEnumerable<int[]> Cuts(int layers, int stages)
    {
        for (int set = 0; set < 1 << (layers - 1); set++)
        {
            if (System.Numerics.BitOperations.PopCount((uint)set) != stages - 1) continue;
            yield return [0, .. Enumerable.Range(1, layers - 1).Where(layer => (set >> (layer - 1) & 1) == 1)];
        }
    }
}
