using System.Numerics;

namespace PipelineBackprop.Gpu.Tests;

public sealed class ProductTilingTests
{
    // Multiprocessors and threads of a group of an H100.
    private const int Multiprocessors = 132, MostThreads = 1024;

    [Theory]
    [InlineData(4096, 4096, 8)]
    [InlineData(4096, 512, 4)]
    [InlineData(256, 1024, 4)]
    public void Of_SmallAndLargeProducts_GivesEveryMultiprocessorWork(int rows, int columns, int block)
    {
        ProductTiling tiling = ProductTiling.Of(rows, columns, MostThreads, Multiprocessors);
        Assert.Equal(block, tiling.Block);
        Assert.True(tiling.Groups(rows, columns) >= Multiprocessors);
    }

    [Fact]
    public void Of_TooSmallAProduct_TakesTheSmallestTiles() =>
        Assert.Equal(new ProductTiling(Block: 4, Across: 8, Down: 8), ProductTiling.Of(10, 10, MostThreads, Multiprocessors));

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(16)]
    [InlineData(200)]
    [InlineData(4096)]
    public void Of_AnyGroupSize_StaysWithinIt(int mostThreads)
    {
        foreach (int multiprocessors in (int[])[1, 2, 132])
        {
            ProductTiling tiling = ProductTiling.Of(1000, 300, mostThreads, multiprocessors);
            Assert.InRange(tiling.Threads, 1, mostThreads);
            Assert.True(BitOperations.IsPow2(tiling.Across) && BitOperations.IsPow2(tiling.Down));
            Assert.InRange(tiling.Groups(1000, 300) * tiling.Block * tiling.Block * tiling.Threads, 1000 * 300, int.MaxValue);
        }
    }
}
