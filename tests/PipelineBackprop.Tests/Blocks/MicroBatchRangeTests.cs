using CsCheck;
using PipelineBackprop.Blocks;
using Xunit;

namespace PipelineBackprop.Tests.Blocks;

public sealed class MicroBatchRangeTests
{
    [Fact]
    public void A_split_covers_every_example_once_in_sizes_that_differ_by_at_most_one() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 40]).Sample((examples, microBatches) =>
        {
            MicroBatchRange[] ranges = MicroBatchRange.Split(examples, microBatches);
            Assert.Equal(Math.Min(examples, microBatches), ranges.Length);
            AssertCovers(examples, ranges);
            Assert.InRange(ranges[0].Count - ranges[^1].Count, 0, 1);
            Assert.Equal(ranges.OrderByDescending(range => range.Count).Select(range => range.Index), ranges.Select(range => range.Index));
        });

    [Fact]
    public void A_cut_covers_every_example_once_in_parts_of_one_size_and_a_rest() =>
        Gen.Select(Gen.Int[1, 500], Gen.Int[1, 70]).Sample((examples, size) =>
        {
            MicroBatchRange[] ranges = MicroBatchRange.Cut(examples, size);
            AssertCovers(examples, ranges);
            Assert.All(ranges[..^1], range => Assert.Equal(size, range.Count));
            Assert.InRange(ranges[^1].Count, 1, size);
        });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-3, 2)]
    public void Split_NothingToCut_Throws(int examples, int parts)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MicroBatchRange.Split(examples, parts));
        Assert.Throws<ArgumentOutOfRangeException>(() => MicroBatchRange.Cut(examples, parts));
    }

    private static void AssertCovers(int examples, MicroBatchRange[] ranges)
    {
        int next = 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            Assert.Equal((i, next), (ranges[i].Index, ranges[i].First));
            next += ranges[i].Count;
        }
        Assert.Equal(examples, next);
    }
}
