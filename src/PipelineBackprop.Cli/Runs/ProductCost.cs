using System.Diagnostics;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>What a Hessian-vector product of one minibatch takes beside its gradient.</summary>
/// <param name="Examples">Examples of the minibatch.</param>
/// <param name="GradientSeconds">The median of the gradients.</param>
/// <param name="ProductSeconds">The median of the products.</param>
internal sealed record ProductCost(int Examples, double GradientSeconds, double ProductSeconds)
{
    private const int WarmUps = 3, Rounds = 11;

    /// <summary>The cost of a product in gradients.</summary>
    public double Gradients => ProductSeconds / GradientSeconds;

    /// <summary>Measures both in turns, so that what disturbs the machine disturbs both; each from host numbers to host numbers.</summary>
    public static async Task<ProductCost> MeasureAsync(Pipeline pipeline, Minibatch minibatch, CancellationToken cancellationToken)
    {
        IReadOnlyList<ParameterValues> direction = await pipeline.ReadParametersAsync(cancellationToken);
        var seconds = new (double Gradient, double Product)[WarmUps + Rounds];
        for (int round = 0; round < seconds.Length; round++)
        {
            long started = Stopwatch.GetTimestamp();
            await pipeline.ComputeGradientsAsync(minibatch, cancellationToken);
            double gradient = Stopwatch.GetElapsedTime(started).TotalSeconds;
            started = Stopwatch.GetTimestamp();
            await pipeline.HessianVectorProductAsync(minibatch, direction, cancellationToken);
            seconds[round] = (gradient, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return new ProductCost(minibatch.Count, Median(each => each.Gradient), Median(each => each.Product));

        double Median(Func<(double Gradient, double Product), double> part) => seconds.Skip(WarmUps).Select(part).Order().ElementAt(Rounds / 2);
    }
}
