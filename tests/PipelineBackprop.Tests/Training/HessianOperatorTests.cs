using PipelineBackprop.Compute;
using PipelineBackprop.Curvature;
using PipelineBackprop.Data;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>The Hessian of J over a data set, whole from its products, against what Lanczos and Hutchinson say of it.</summary>
public sealed class HessianOperatorTests
{
    private const int Inputs = 3, Classes = 3, Examples = 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Products_over_minibatches_of_any_size_are_those_of_all_examples_together()
    {
        await using Pipeline pipeline = await BuildAsync();
        double[,] whole = await MatrixAsync(await OperatorAsync(pipeline, Examples));
        foreach (int batch in new[] { 1, 3, 4, 7 })
            Close.InNorm(HostArrays.Flatten(whole), HostArrays.Flatten(await MatrixAsync(await OperatorAsync(pipeline, batch))), 1e-13, $"in minibatches of {batch}");
    }

    [Fact]
    public async Task Eigenvalues_and_trace_are_those_of_the_whole_matrix()
    {
        await using Pipeline pipeline = await BuildAsync();
        HessianOperator hessian = await OperatorAsync(pipeline, 4);
        double[,] matrix = await MatrixAsync(hessian);
        int n = hessian.Dimension;
        LanczosResult result = await Lanczos.RunAsync(hessian, new LanczosOptions { Eigenvalues = n, MostSteps = n, Tolerance = 0 }, cancellationToken: Token);
        double trace = Enumerable.Range(0, n).Sum(i => matrix[i, i]), squares = matrix.Cast<double>().Sum(value => value * value);

        // Sum and sum of squares of all eigenvalues are trace and squared Frobenius norm.
        Assert.Equal(trace, result.Largest.Sum(ritz => ritz.Value), 1e-11);
        Assert.Equal(squares, result.Largest.Sum(ritz => ritz.Value * ritz.Value), 1e-11);
        TraceEstimate estimate = await Hutchinson.TraceAsync(hessian, 60, seed: 4, cancellationToken: Token);
        Assert.InRange(Math.Abs(estimate.Mean - trace), 0, 3 * estimate.StandardError);
    }

    private static Task<Pipeline> BuildAsync() => new PipelineBuilder(Inputs).Dense(4, Activation.Tanh).Dense(Classes).WeightDecay(0.02).Stages(2).MicroBatches(2).Seed(3)
        .With(options => options with { ElementType = ElementType.Float64 }).BuildAsync(Token);

    private static Task<HessianOperator> OperatorAsync(Pipeline pipeline, int batchSize)
    {
        Minibatch all = Trial.Classified(6, Examples, Inputs, Classes);
        return HessianOperator.CreateAsync(pipeline, new Dataset("small", Inputs, all.Inputs, 1, all.Targets, Classes), batchSize, Token);
    }

    private static async Task<double[,]> MatrixAsync(HessianOperator hessian)
    {
        var matrix = new double[hessian.Dimension, hessian.Dimension];
        double[] unit = new double[hessian.Dimension], row = new double[hessian.Dimension];
        for (int i = 0; i < hessian.Dimension; i++)
        {
            unit[i] = 1;
            await hessian.MultiplyAsync(unit, row, Token);
            unit[i] = 0;
            for (int j = 0; j < row.Length; j++) matrix[i, j] = row[j];
        }
        return matrix;
    }
}
