using PipelineBackprop.Losses;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Losses;
using PipelineBackprop.Testing.Reference;
using Xunit;

namespace PipelineBackprop.Tests.Losses;

public sealed class BinaryCrossEntropyLossTests : LossTests
{
    protected override IReadOnlyList<Loss> Losses => [new BinaryCrossEntropyLoss()];

    protected override double Reference(Loss loss, double[] o, double[] y) =>
        o.Zip(y, (a, b) => -b * Math.Log(Naive.Sigmoid(a)) - (1 - b) * Math.Log(Naive.Sigmoid(-a))).Sum();

    /// <summary>0, 1 and a soft target.</summary>
    protected override double[,] Targets(int rows, int outputs)
    {
        double[,] y = new double[rows, outputs];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < outputs; j++) y[i, j] = ((i + j) % 3) switch { 0 => 0, 1 => 1, _ => 0.3 };
        return y;
    }

    [Theory]
    [InlineData(ElementType.Float64, 1e-14)]
    [InlineData(ElementType.Float32, 1e-6)]
    public void Evaluate_OfOutputsOfAHundred_IsRight(ElementType type, double tolerance)
    {
        double small = Math.Exp(-100);
        AssertOne(100, 1, small, -small);
        AssertOne(100, 0, 100, 1);
        AssertOne(-100, 0, small, small);
        AssertOne(-100, 1, 100, -1);

        void AssertOne(double o, double y, double loss, double slope)
        {
            (double sum, double[] gradient) = Evaluate(Losses[0], new double[,] { { o } }, new double[,] { { y } }, type);
            // e⁻¹⁰⁰ is below the smallest normal float32, whose neighbours are 1e-45 apart.
            Assert.Equal(loss, sum, tolerance * loss + 1e-44);
            Assert.Equal(slope, gradient[0], tolerance * Math.Abs(slope) + 1e-43);
        }
    }
}
