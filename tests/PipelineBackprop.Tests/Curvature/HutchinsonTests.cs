using PipelineBackprop.Curvature;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Curvature;

public sealed class HutchinsonTests
{
    private static readonly double[] s_spectrum = [.. HostArrays.Gaussian(30, 3)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trace_OfADiagonal_IsExactFromTheFirstProbe()
    {
        TraceEstimate estimate = await Hutchinson.TraceAsync(new DenseMatrix([3, -1, 7.5], 1, reflections: 0), 4, cancellationToken: Token);

        Assert.Equal((9.5, 0.0, 4), (estimate.Mean, estimate.StandardError, estimate.Probes));
    }

    [Fact]
    public async Task Trace_OfManyProbes_ComesWithinItsErrorBars()
    {
        TraceEstimate few = await Hutchinson.TraceAsync(new DenseMatrix(s_spectrum, 1), 100, seed: 5, cancellationToken: Token);
        TraceEstimate many = await Hutchinson.TraceAsync(new DenseMatrix(s_spectrum, 1), 1600, seed: 5, cancellationToken: Token);

        // Three standard errors: true of 997 seeds in 1,000, and of this one.
        Assert.InRange(Math.Abs(few.Mean - s_spectrum.Sum()), 0, 3 * few.StandardError);
        Assert.InRange(Math.Abs(many.Mean - s_spectrum.Sum()), 0, 3 * many.StandardError);
        Assert.InRange(many.StandardError / few.StandardError, 0.2, 0.3);
    }

    [Fact]
    public async Task Trace_OfOneProbe_KnowsNoErrorAndOfTwoTheirSpread()
    {
        var told = new List<TraceEstimate>();
        TraceEstimate two = await Hutchinson.TraceAsync(new DenseMatrix(s_spectrum, 1), 2, seed: 9, new Listener<TraceEstimate>(told), Token);

        Assert.Equal(double.NaN, told[0].StandardError);
        double first = told[0].Mean, second = 2 * two.Mean - first;
        Assert.Equal(Math.Abs(first - second) / 2, two.StandardError, 1e-12 * Math.Abs(first));
        Assert.Equal(told[0], await Hutchinson.TraceAsync(new DenseMatrix(s_spectrum, 1), 1, seed: 9, cancellationToken: Token));
        Assert.NotEqual(told[0].Mean, (await Hutchinson.TraceAsync(new DenseMatrix(s_spectrum, 1), 1, seed: 10, cancellationToken: Token)).Mean);
    }

    [Fact]
    public async Task Trace_Cancelled_StopsAtTheNextProbe()
    {
        using var cancellation = new CancellationTokenSource();
        var matrix = new DenseMatrix(s_spectrum, 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Hutchinson.TraceAsync(matrix, 10, progress: new Listener<TraceEstimate>([], cancellation.Cancel), cancellationToken: cancellation.Token));
        Assert.Equal(1, matrix.Products);
    }
}
