using CsCheck;
using PipelineBackprop.Curvature;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Curvature;

public sealed class LanczosTests
{
    // Ends well apart and a crowd in the middle, as a loss's Hessian has.
    private static readonly double[] s_spectrum = [.. Enumerable.Range(0, 37).Select(i => i / 37.0), 50, 20, 8, -3];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_OfAKnownSpectrum_FindsItsEnds()
    {
        LanczosResult result = await Lanczos.RunAsync(new DenseMatrix(s_spectrum, 1), new LanczosOptions { Eigenvalues = 3, Tolerance = 1e-10 }, cancellationToken: Token);

        Assert.True(result.Converged);
        Assert.InRange(result.Steps, 3, s_spectrum.Length - 5);
        Close.Each([50, 20, 8], [.. result.Largest.Select(ritz => ritz.Value)], 1e-12, "largest");
        Assert.Equal(-3, result.Smallest.Value, 1e-6);
    }

    [Fact]
    public async Task Run_OfAllSteps_FindsTheWholeSpectrum()
    {
        LanczosResult result = await Lanczos.RunAsync(
            new DenseMatrix(s_spectrum, 2), new LanczosOptions { Eigenvalues = s_spectrum.Length, Tolerance = 0 }, cancellationToken: Token);

        Assert.Equal(s_spectrum.Length, result.Steps);
        Close.Each([.. s_spectrum.OrderDescending()], [.. result.Largest.Select(ritz => ritz.Value)], 1e-12, "spectrum", floor: 10);
    }

    [Fact]
    public Task Run_StoppedAnywhere_HasAnEigenvalueWithinEveryBound() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 30], Gen.Double[-5, 5].Array[2, 25]).SampleAsync(
            async (seed, steps, spectrum) =>
            {
                LanczosResult result = await Lanczos.RunAsync(
                    new DenseMatrix(spectrum, seed % 1000), new LanczosOptions { Eigenvalues = 4, MostSteps = steps, Tolerance = 0, Seed = seed }, cancellationToken: Token);
                foreach (RitzValue ritz in result.Largest.Append(result.Smallest))
                    Assert.InRange(spectrum.Min(value => Math.Abs(value - ritz.Value)), 0, ritz.Bound + 1e-13 * spectrum.Max(Math.Abs));
            }, iter: 200);

    [Fact]
    public async Task Run_WhereTheBasisIsUsedUp_GoesOnAndFindsWhatComesSeveralTimes()
    {
        LanczosResult result = await Lanczos.RunAsync(new DenseMatrix([4, 4, 1, 1, 1, 1], 3), new LanczosOptions { Eigenvalues = 3 }, cancellationToken: Token);

        Close.Each([4, 4, 1], [.. result.Largest.Select(ritz => ritz.Value)], 1e-12, "largest");
    }

    [Fact]
    public async Task Run_OfZeros_IsZero()
    {
        LanczosResult result = await Lanczos.RunAsync(new DenseMatrix(new double[4], 1), new LanczosOptions { Eigenvalues = 9 }, cancellationToken: Token);

        Assert.Equal([0.0, 0, 0, 0], result.Largest.Select(ritz => ritz.Value));
    }

    [Fact]
    public async Task Run_OfOneSeed_GivesTheSameBitsAndTellsOfEveryStep()
    {
        var told = new List<LanczosResult>();
        var options = new LanczosOptions { Seed = 7, MostSteps = 6, Tolerance = 0 };
        LanczosResult first = await Lanczos.RunAsync(new DenseMatrix(s_spectrum, 4), options, new Listener<LanczosResult>(told), Token);
        LanczosResult second = await Lanczos.RunAsync(new DenseMatrix(s_spectrum, 4), options, cancellationToken: Token);
        LanczosResult other = await Lanczos.RunAsync(new DenseMatrix(s_spectrum, 4), options with { Seed = 8 }, cancellationToken: Token);

        Assert.Equal(first.Largest, second.Largest);
        Assert.NotEqual(first.Largest, other.Largest);
        Assert.Equal([1, 2, 3, 4, 5, 6], told.Select(result => result.Steps));
        Assert.Same(first, told[^1]);
        Assert.False(first.Converged);
    }

    [Fact]
    public async Task Run_Cancelled_StopsAtTheNextStep()
    {
        using var cancellation = new CancellationTokenSource();
        var matrix = new DenseMatrix(s_spectrum, 1);
        var told = new Listener<LanczosResult>([], () =>
        {
            if (matrix.Products == 3) cancellation.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Lanczos.RunAsync(matrix, new LanczosOptions(), told, cancellation.Token));
        Assert.Equal(3, matrix.Products);
    }

    [Fact]
    public void Tridiagonal_OfTheSecondDifference_HasItsKnownEigenvalues()
    {
        const int Size = 50;
        double[] diagonal = [.. Enumerable.Repeat(2.0, Size)], beside = [.. Enumerable.Repeat(-1.0, Size)], last = new double[Size];
        TridiagonalEigenvalues.Solve(diagonal, beside, last);

        // λₖ = 2 − 2 cos kπ/(n + 1) with eigenvectors √(2/(n + 1)) sin jkπ/(n + 1).
        int[] order = [.. Enumerable.Range(0, Size).OrderBy(i => diagonal[i])];
        Close.Each(
            [.. Enumerable.Range(1, Size).Select(k => 2 - 2 * Math.Cos(k * Math.PI / (Size + 1)))], [.. order.Select(i => diagonal[i])], 1e-13, "eigenvalues", floor: 1);
        Close.Each(
            [.. Enumerable.Range(1, Size).Select(k => Math.Sqrt(2.0 / (Size + 1)) * Math.Abs(Math.Sin(Size * k * Math.PI / (Size + 1))))],
            [.. order.Select(i => Math.Abs(last[i]))], 1e-12, "last components", floor: 1);
    }
}
