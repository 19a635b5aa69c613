using PipelineBackprop.Losses;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Losses;

namespace PipelineBackprop.Tests.Losses;

public sealed class HalfSquaredErrorLossTests : LossTests
{
    protected override IReadOnlyList<Loss> Losses => [new HalfSquaredErrorLoss()];

    protected override double Reference(Loss loss, double[] o, double[] y) => o.Zip(y, (a, b) => 0.5 * (a - b) * (a - b)).Sum();

    protected override double[,] Targets(int rows, int outputs) => HostArrays.Gaussian(rows, outputs, 11);
}
