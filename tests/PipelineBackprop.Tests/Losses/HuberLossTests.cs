using PipelineBackprop.Losses;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Losses;
using Xunit;

namespace PipelineBackprop.Tests.Losses;

public sealed class HuberLossTests : LossTests
{
    protected override IReadOnlyList<Loss> Losses => [new HuberLoss(), new HuberLoss(0.3)];

    protected override double Reference(Loss loss, double[] o, double[] y)
    {
        double delta = ((HuberLoss)loss).Delta;
        return o.Zip(y, (a, b) => Math.Abs(a - b)).Sum(r => r <= delta ? 0.5 * r * r : delta * (r - 0.5 * delta));
    }

    protected override double[,] Targets(int rows, int outputs) => HostArrays.Gaussian(rows, outputs, 11);

    [Fact]
    public void Evaluate_OfPerfectAndFarOutputs_TakesBothBranches()
    {
        (double sum, double[] gradient) = Evaluate(new HuberLoss(2), new double[,] { { 1, 0, -10, 2 } }, new double[,] { { 1, 5, 0, 0 } });
        Assert.Equal(0 + 2 * (5 - 1) + 2 * (10 - 1) + 2, sum, 1e-15);
        Assert.Equal([0.0, -2, -2, 2], gradient);
    }

    [Fact]
    public void REvaluate_AtDelta_IsStillThatOfTheQuadraticBranch() => Assert.Equal(
        [0.0, 3, 3, 3, 0], REvaluate(new HuberLoss(2), new double[,] { { -2.5, -2, 0, 2, 2.5 } }, new double[,] { { 0, 0, 0, 0, 0 } }, new double[,] { { 3, 3, 3, 3, 3 } }));
}
