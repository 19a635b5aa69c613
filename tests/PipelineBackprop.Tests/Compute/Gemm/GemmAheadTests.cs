using PipelineBackprop.Compute.Gemm;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

public sealed unsafe class GemmAheadTests
{
    private const long CacheLine = 64;

    // Never read, only counted in.
    private static float* First => (float*)0x10000;

    [Theory]
    [InlineData(344 * 32, 21, 344)]
    [InlineData(256 * 32, 6, 256)]
    [InlineData(344 * 32, 1, 344)]
    [InlineData(264 * 32, 1, 264)]
    [InlineData(344 * 32, 2, 344)]
    [InlineData(344 * 64, 2, 344)]
    [InlineData(100, 3, 7)]
    public void Of_ARange_AsksForAllOfItAndLittleBeyond(int count, int tiles, int depth)
    {
        var ahead = GemmAhead.Of(First, count, tiles, depth);
        Assert.Equal(tiles, ahead.Tiles);
        HashSet<long> lines = Lines(ahead, depth);
        for (int i = 0; i < count; i++) Assert.Contains(LineOf(First, i), lines);
        long beyond = (long)tiles * (depth / GemmAhead.StepsPerTurn) + CacheLine;
        Assert.All(lines, line => Assert.InRange(line, LineOf(First, 0), ((long)(First + count) + beyond) / CacheLine));
    }

    [Theory]
    [InlineData(1024, 344, 512, 344)]
    [InlineData(1024, 512, 344, 344)]
    [InlineData(784, 264, 33, 256)]
    public void OfRows_AnyRows_AsksForEveryLineOfEach(int distance, int length, int rows, int depth)
    {
        var ahead = GemmAhead.OfRows(First, distance, length, rows, depth);
        HashSet<long> lines = Lines(ahead, depth);
        for (int row = 0; row < rows; row++)
            for (int i = 0; i < length; i++) Assert.Contains(LineOf(First, (long)row * distance + i), lines);
    }

    [Theory]
    [InlineData(1024, 344)]
    [InlineData(2048, 256)]
    public void OfColumn_OfRowsFarApart_AsksForTheFirstBytesOfEach(int distance, int depth)
    {
        var ahead = GemmAhead.OfColumn(First, distance, depth);
        HashSet<long> lines = Lines(ahead, depth);
        for (int row = 0; row < depth; row++)
            for (int i = 0; i < GemmAhead.BytesPerTurn / sizeof(float); i++) Assert.Contains(LineOf(First, (long)row * distance + i), lines);
        Assert.Equal(depth * GemmAhead.BytesPerTurn / CacheLine, lines.Count);
    }

    [Fact]
    public void Later_BehindTheLastTile_AsksForNothing()
    {
        var ahead = GemmAhead.OfRows(First, distance: 1024, length: 344, rows: 9, depth: 344);
        Assert.Equal(5, ahead.Tiles);
        Assert.Equal(1, ahead.Later(4).Tiles);
        Assert.True(ahead.Later(4).Next == (byte*)(First + 8 * 1024));
        Assert.True(ahead.Later(5).Next == null);
        Assert.True(default(GemmAhead).Later(1).Next == null);
    }

    // As a kernel asks: two or four lines a turn, tile after tile.
    private static HashSet<long> Lines(GemmAhead ahead, int depth)
    {
        HashSet<long> lines = [];
        for (; ahead.Next != null; ahead = ahead.Later(1))
        {
            for (int turn = 0; turn < depth / GemmAhead.StepsPerTurn; turn++)
            {
                for (int line = 0; line < (ahead.TakesFour ? 4 : 2); line++) lines.Add((long)(ahead.Next + turn * ahead.Turn + line * ahead.Distance) / CacheLine);
            }
        }
        return lines;
    }

    private static long LineOf(float* first, long element) => (long)(first + element) / CacheLine;
}
