using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Testing.Layers;

// The R-operator: what a Hessian-vector product asks of a layer.
public abstract partial class LayerTests
{
    [Fact]
    public void RForwardAndRBackward_CentralDifferencesAlongADirection_Agree() => ForEach(layer =>
    {
        using var harness = new LayerHarness(layer, Device);
        double[,] x = Input(layer, Examples), rx = InputTangent(layer, Examples), dy = OutputGradient(layer, Examples), rdy = GradientTangent(layer, Examples);
        double[][] start = [.. layer.Parameters.Select((_, p) => harness.Parameter(p))];
        (double[]? ry, double[]? rdx) = harness.RTrain(x, rx, dy, rdy);
        double[][] analytic = [ry!, rdx!, .. start.Select((_, p) => harness.Gradient(p))];
        double[][] above = At(Step), below = At(-Step);
        string[] names = ["output", "input gradient", .. layer.Parameters.Select(parameter => $"gradient of {parameter.Name}")];
        for (int i = 0; i < names.Length; i++)
        {
            double[] numeric = [.. above[i].Zip(below[i], (up, down) => (up - down) / (2 * Step))];
            Close.Each(numeric, analytic[i], Tolerance, $"{layer} tangent of the {names[i]}", floor: Math.Max(1, numeric.Max(Math.Abs)));
        }

        double[][] At(double step)
        {
            for (int p = 0; p < start.Length; p++) harness.SetParameter(p, Moved(start[p], harness.Direction(p), step));
            (double[] y, double[]? dx) = harness.Train(Moved(x, rx, step), Moved(dy, rdy, step));
            return [y, dx!, .. start.Select((_, p) => harness.Gradient(p))];
        }
    });

    [Fact]
    public void RBackwardParameters_OverMicroBatches_AccumulatesTheSameSum() => ForEach(layer =>
    {
        using var harness = new LayerHarness(layer, Device);
        double[,] x = Input(layer, Examples), rx = InputTangent(layer, Examples), dy = OutputGradient(layer, Examples), rdy = GradientTangent(layer, Examples);
        harness.RTrain(x, rx, dy, rdy);
        double[][] whole = [.. layer.Parameters.Select((_, p) => harness.Gradient(p))];
        foreach ((int first, int count) in ((int, int)[])[(0, 3), (3, 2)])
        {
            harness.RTrain(
                HostArrays.Rows(x, first, count), HostArrays.Rows(rx, first, count), HostArrays.Rows(dy, first, count), HostArrays.Rows(rdy, first, count),
                accumulate: first > 0, firstExample: first);
        }
        for (int p = 0; p < whole.Length; p++) Close.InNorm(whole[p], harness.Gradient(p), 1e-13, $"{layer} {layer.Parameters[p].Name}");
    });

    [Fact]
    public void RForwardAndRBackward_WhereTheInputDoesNotMove_AreThoseOfATangentOfZeros() => ForEach(layer =>
    {
        using var with = new LayerHarness(layer, Device);
        using var without = new LayerHarness(layer, Device, needsInputGradient: false);
        double[,] x = Input(layer, Examples), dy = OutputGradient(layer, Examples), rdy = GradientTangent(layer, Examples);
        (double[]? expected, _) = with.RTrain(x, new double[Examples, layer.Inputs], dy, rdy);
        (double[]? ry, double[]? rdx) = without.RTrain(x, null, dy, rdy);
        Assert.Null(rdx);
        Assert.Equal(layer.Parameters.Count == 0, ry is null);
        if (ry is not null) Close.InNorm(expected!, ry, 1e-14, $"{layer} tangent of the output");
        for (int p = 0; p < layer.Parameters.Count; p++)
            Close.InNorm(with.Gradient(p), without.Gradient(p), 1e-14, $"{layer} {layer.Parameters[p].Name}");
    });

    [Fact]
    public void RTrain_InFloat32_AgreesWithFloat64ToItsPrecision() => ForEach(layer =>
    {
        using var wide = new LayerHarness(layer, Device);
        using var narrow = new LayerHarness(layer, Device, ElementType.Float32);
        AssertSame(layer, RRun(wide, layer, Examples), RRun(narrow, layer, Examples), (expected, actual, what) => Close.InNorm(expected, actual, 2e-5, what));
    });

    [Fact]
    public void RTrain_OnAnyNumberOfThreads_GivesTheSameBits() => ForEach(layer =>
    {
        const int Many = 9001;
        using var one = new LayerHarness(layer, Device, ElementType.Float32);
        double[][] expected = RRun(one, layer, Many);
        foreach (int threads in (int[])[2, 3])
        {
            using var several = new LayerHarness(layer, Device, ElementType.Float32, threads);
            AssertSame(layer, expected, RRun(several, layer, Many), (left, right, what) => Close.Bits(left, right, $"{what} on {threads} threads"));
        }
    });

    private static void AssertSame(Layer layer, double[][] expected, double[][] actual, Action<double[], double[], string> close)
    {
        for (int i = 0; i < expected.Length; i++) close(expected[i], actual[i], $"{layer} tangent {i} of output, input gradient, parameters");
    }

    private double[][] RRun(LayerHarness harness, Layer layer, int rows)
    {
        (double[]? ry, double[]? rdx) = harness.RTrain(Input(layer, rows), InputTangent(layer, rows), OutputGradient(layer, rows), GradientTangent(layer, rows));
        return [ry!, rdx!, .. layer.Parameters.Select((_, p) => harness.Gradient(p))];
    }

    private static double[,] InputTangent(Layer layer, int rows) => HostArrays.Gaussian(rows, layer.Inputs, 3);

    private static double[,] GradientTangent(Layer layer, int rows) => HostArrays.Gaussian(rows, layer.Outputs, 4);

    private static double[] Moved(double[] start, double[] direction, double step) => [.. start.Zip(direction, (value, change) => value + step * change)];

    private static double[,] Moved(double[,] start, double[,] direction, double step) =>
        HostArrays.Shaped(Moved(HostArrays.Flatten(start), HostArrays.Flatten(direction), step), start.GetLength(0), start.GetLength(1));
}
