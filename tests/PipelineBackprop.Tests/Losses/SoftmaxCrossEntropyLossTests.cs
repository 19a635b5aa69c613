using PipelineBackprop.Losses;
using PipelineBackprop.Testing.Losses;
using Xunit;

namespace PipelineBackprop.Tests.Losses;

public sealed class SoftmaxCrossEntropyLossTests : LossTests
{
    protected override IReadOnlyList<Loss> Losses => [new SoftmaxCrossEntropyLoss()];

    protected override double Reference(Loss loss, double[] o, double[] y)
    {
        double largest = o.Max();
        return largest + Math.Log(o.Sum(value => Math.Exp(value - largest))) - o[(int)y[0]];
    }

    protected override double[,] Targets(int rows, int outputs)
    {
        double[,] classes = new double[rows, 1];
        for (int i = 0; i < rows; i++) classes[i, 0] = i * 7 % outputs;
        return classes;
    }

    [Fact]
    public void Evaluate_OfHugeOutputs_StaysFinite()
    {
        (double sum, double[] gradient) = Evaluate(Losses[0], new double[,] { { 1e4, -1e4, 0 }, { -1e4, -1e4, -1e4 } }, new double[,] { { 1 }, { 2 } });
        Assert.Equal(2e4 + Math.Log(3), sum, 1e-8);
        Assert.Equal([1.0, -1, 0], gradient[..3]);
        Assert.Equal(1.0 / 3 - 1, gradient[5], 1e-15);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(0.5)]
    [InlineData(double.NaN)]
    public void Evaluate_OfAClassThatIsNone_ThrowsNamingIt(double value)
    {
        var exception = Assert.Throws<ArgumentException>(() => Evaluate(Losses[0], new double[,] { { 1, 2, 3 } }, new double[,] { { value } }));
        Assert.Contains("from 0 to 2", exception.Message, StringComparison.Ordinal);
    }
}
