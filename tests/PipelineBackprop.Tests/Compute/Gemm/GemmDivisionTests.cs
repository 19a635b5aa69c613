using CsCheck;
using PipelineBackprop.Compute.Gemm;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

public sealed class GemmDivisionTests
{
    private const int TileRows = 12, TileColumns = 32;

    [Fact]
    public void Parts_OfAnyProduct_CoverEveryElementOnce() =>
        Gen.Select(Gen.Int[1, 400], Gen.Int[1, 400], Gen.Int[1, 2000], Gen.Int[1, 9], Gen.Bool, Gen.Bool).Sample((m, n, k, threads, transposeA, transposeB) =>
        {
            GemmDivision<float> division = Divide(m, n, k, threads, transposeA, transposeB);
            int[] times = new int[m * n];
            for (int part = 0; part < division.Parts; part++)
            {
                GemmPart place = division.Part(part);
                for (int row = place.FirstRow; row < place.EndRow; row++)
                    for (int column = place.FirstColumn; column < place.EndColumn; column++) times[row * division.View.N + column]++;
            }
            Assert.InRange(division.Parts, 1, threads);
            Assert.All(times, count => Assert.Equal(1, count));
        });

    // Each thread packs its own half of B; by rows each would pack all of it.
    [Fact]
    public void Parts_OfRowsReadInPlace_AreColumns() => Assert.Equal((256, 128), FirstOf(Divide(256, 256, 784, threads: 2, transposeB: true)));

    // Half a row of C each would be next to nothing but lines that both threads fetch.
    [Fact]
    public void Parts_OfAProductOfFewSteps_AreRows() => Assert.Equal((252, 512), FirstOf(Divide(512, 512, 10, threads: 2)));

    // By columns, each thread's blocks would read the panels of all of A again and again.
    [Theory]
    [InlineData(1024, 2048, false, 516)]
    [InlineData(2048, 2048, true, 1020)]
    public void Parts_OfPanelsThatLeaveTheSecondCache_AreRows(int m, int n, bool transposeA, int rows) =>
        Assert.Equal((rows, n), FirstOf(Divide(m, n, 1024, threads: 2, transposeA)));

    [Fact]
    public void Parts_OfPanelsThatStayInTheSecondCache_AreColumns() => Assert.Equal((256, 512), FirstOf(Divide(256, 1024, 1024, threads: 2)));

    // The panels of A stay in the cache, block after block, and those of B pass.
    [Fact]
    public void Parts_OfPackedWeights_DoNotCountPanelsThatPass() => Assert.Equal((1024, 4096), FirstOf(Divide(1024, 8192, 1024, threads: 2, isPacked: true)));

    // Halves of 24.5 tiles of columns would be 13 tiles and 11.5.
    [Fact]
    public void Parts_OfAFewTiles_CountWholeTiles() => Assert.Equal((132, 784), FirstOf(Divide(256, 784, 256, threads: 2, transposeA: true)));

    // 5 × 3, not 8 × 2, of which one would have two of three tiles of columns.
    [Fact]
    public void Parts_TooSmallForHelp_CountWholeTiles() => Assert.Equal(15, Divide(1024, 96, 512, threads: 16, transposeA: true).Parts);

    // A single row waits for B, of which each thread reads its half; sixteen by few columns are over before the other thread has its lines.
    [Theory]
    [InlineData(1, 256, 784, 2)]
    [InlineData(1, 32, 784, 1)]
    [InlineData(16, 32, 784, 1)]
    [InlineData(16, 64, 784, 2)]
    public void Parts_OfSmallProducts_AreWorthAThreadOrNot(int m, int n, int k, int parts) => Assert.Equal(parts, Divide(m, n, k, threads: 2, transposeB: true).Parts);

    private static (int Rows, int Columns) FirstOf(in GemmDivision<float> division)
    {
        GemmPart first = division.Part(0);
        return (first.EndRow, first.EndColumn);
    }

    // Division looks at sizes and strides alone, and whether there are packed panels.
    private static unsafe GemmDivision<float> Divide(int m, int n, int k, int threads, bool transposeA = false, bool transposeB = false, bool isPacked = false) => new(
        GemmView<float>.Of(new GemmProblem<float>
        {
            M = m,
            N = n,
            K = k,
            A = null,
            LeadingA = transposeA ? m : k,
            TransposeA = transposeA,
            B = null,
            LeadingB = transposeB ? k : n,
            PackedB = isPacked ? (float*)64 : null,
            TransposeB = transposeB,
            C = null,
            LeadingC = n,
        }),
        threads, TileRows, TileColumns, asks: false);
}
