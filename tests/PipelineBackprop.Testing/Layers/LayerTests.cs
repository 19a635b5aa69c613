using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Testing.Layers;

/// <summary>What every layer must pass. A layer's test class derives from this and names the layers to check; a device's class changes the device.</summary>
public abstract partial class LayerTests
{
    // Central differences at step h err by h² f‴/6 (truncation) and about ε |f| / h (rounding); at h = ∛ε ≈ 6e-6 both are about 1e-10 of f, so an error
    // of 1e-6 of the largest gradient means a wrong formula and not a rough difference.
    private const double Step = 6e-6, Tolerance = 1e-6;
    private const int Examples = 5;

    /// <summary>The device the layers run on.</summary>
    protected virtual IDevice Device => CpuDevice.Instance;

    /// <summary>The layers to check: small, of ragged width, every variant of settings.</summary>
    protected abstract IReadOnlyList<Layer> Layers { get; }

    /// <summary>Whether prediction gives the numbers of training; false for dropout.</summary>
    protected virtual bool PredictsAsTrained => true;

    [Fact]
    public void BackwardInput_CentralDifferences_Agree() => ForEach(layer =>
    {
        using var harness = new LayerHarness(layer, Device);
        double[,] x = Input(layer, Examples), dy = OutputGradient(layer, Examples);
        double[] analytic = harness.Train(x, dy).InputGradient!;
        double[] numeric = Numeric(HostArrays.Flatten(x), values =>
            Projection(harness.Forward(HostArrays.Shaped(values, Examples, layer.Inputs)), dy));
        Close.Each(numeric, analytic, Tolerance, $"{layer} input gradient", floor: numeric.Max(Math.Abs));
    });

    [Fact]
    public void BackwardParameters_CentralDifferences_Agree() => ForEach(layer =>
    {
        using var harness = new LayerHarness(layer, Device);
        double[,] x = Input(layer, Examples), dy = OutputGradient(layer, Examples);
        harness.Train(x, dy);
        for (int p = 0; p < layer.Parameters.Count; p++)
        {
            double[] analytic = harness.Gradient(p), start = harness.Parameter(p);
            double[] numeric = Numeric(start, values =>
            {
                harness.SetParameter(p, values);
                return Projection(harness.Forward(x), dy);
            });
            harness.SetParameter(p, start);
            Close.Each(numeric, analytic, Tolerance, $"{layer} gradient of {layer.Parameters[p].Name}", floor: numeric.Max(Math.Abs));
        }
    });

    [Fact]
    public void BackwardParameters_OverMicroBatches_AccumulatesTheSameSum() => ForEach(layer =>
    {
        using var harness = new LayerHarness(layer, Device);
        double[,] x = Input(layer, Examples), dy = OutputGradient(layer, Examples);
        harness.Train(x, dy);
        double[][] whole = [.. layer.Parameters.Select((_, p) => harness.Gradient(p))];
        harness.Train(HostArrays.Rows(x, 0, 3), HostArrays.Rows(dy, 0, 3));
        harness.Train(HostArrays.Rows(x, 3, 2), HostArrays.Rows(dy, 3, 2), accumulate: true, firstExample: 3);
        for (int p = 0; p < whole.Length; p++) Close.InNorm(whole[p], harness.Gradient(p), 1e-13, $"{layer} {layer.Parameters[p].Name}");
    });

    [Fact]
    public void Forward_InPrediction_SavesNothingAndGivesTheSameOutput() => ForEach(layer =>
    {
        using var harness = new LayerHarness(layer, Device);
        double[,] x = Input(layer, Examples);
        double[] predicted = harness.Forward(x, training: false);
        Assert.Equal(0, harness.Bench.Account.Peak(MemoryPurpose.Stash));
        if (PredictsAsTrained) Close.Bits(harness.Forward(x), predicted, $"{layer} output");
    });

    [Fact]
    public void BackwardInput_WhereItIsNotNeeded_ReturnsNullAndParametersStillLearn() => ForEach(layer =>
    {
        using var with = new LayerHarness(layer, Device);
        using var without = new LayerHarness(layer, Device, needsInputGradient: false);
        double[,] x = Input(layer, Examples), dy = OutputGradient(layer, Examples);
        with.Train(x, dy);
        Assert.Null(without.Train(x, dy).InputGradient);
        for (int p = 0; p < layer.Parameters.Count; p++) Close.Bits(with.Gradient(p), without.Gradient(p), $"{layer} {layer.Parameters[p].Name}");
    });

    // Single precision keeps 24 bits (6e-8) and the sums here are short, so 1e-5 leaves room for the slope of a function and not for a wrong one.
    [Fact]
    public void Float32_AgainstFloat64_AgreesToItsPrecision() => ForEach(layer =>
    {
        using var wide = new LayerHarness(layer, Device);
        using var narrow = new LayerHarness(layer, Device, ElementType.Float32);
        double[,] x = Input(layer, Examples), dy = OutputGradient(layer, Examples);
        (double[] y, double[]? dx) = wide.Train(x, dy);
        (double[] narrowY, double[]? narrowDx) = narrow.Train(x, dy);
        Close.InNorm(y, narrowY, 1e-5, $"{layer} output");
        Close.InNorm(dx!, narrowDx!, 1e-5, $"{layer} input gradient");
        for (int p = 0; p < layer.Parameters.Count; p++)
            Close.InNorm(wide.Gradient(p), narrow.Gradient(p), 1e-5, $"{layer} {layer.Parameters[p].Name}");
    });

    [Fact]
    public void Train_OnAnyNumberOfThreads_GivesTheSameBits() => ForEach(layer =>
    {
        // Enough rows that the work is shared out, and not a whole number of blocks.
        const int Many = 9001;
        double[,] x = Input(layer, Many), dy = OutputGradient(layer, Many);
        using var one = new LayerHarness(layer, Device, ElementType.Float32);
        (double[] y, double[]? dx) = one.Train(x, dy);
        foreach (int threads in (int[])[2, 3])
        {
            using var several = new LayerHarness(layer, Device, ElementType.Float32, threads);
            (double[] severalY, double[]? severalDx) = several.Train(x, dy);
            Close.Bits(y, severalY, $"{layer} output on {threads} threads");
            Close.Bits(dx!, severalDx!, $"{layer} input gradient on {threads} threads");
            for (int p = 0; p < layer.Parameters.Count; p++)
                Close.Bits(one.Gradient(p), several.Gradient(p), $"{layer} {layer.Parameters[p].Name} on {threads} threads");
        }
    });

    [Fact]
    public void Train_ExampleByExample_GivesTheSameBitsAsTogether() => ForEach(layer =>
    {
        using var harness = new LayerHarness(layer, Device, ElementType.Float32);
        const int Rows = 7;
        double[,] x = Input(layer, Rows), dy = OutputGradient(layer, Rows);
        (double[] y, double[]? dx) = harness.Train(x, dy);
        for (int row = 0; row < Rows; row++)
        {
            (double[] own, double[]? ownDx) = harness.Train(HostArrays.Rows(x, row, 1), HostArrays.Rows(dy, row, 1), firstExample: row);
            Close.Bits(y[(row * layer.Outputs)..((row + 1) * layer.Outputs)], own, $"{layer} output of row {row}");
            Close.Bits(dx![(row * layer.Inputs)..((row + 1) * layer.Inputs)], ownDx!, $"{layer} input gradient of row {row}");
        }
    });

    /// <summary>Inputs away from zero, where relu and its kin have no derivative.</summary>
    protected virtual double[,] Input(Layer layer, int rows)
    {
        double[,] x = HostArrays.Gaussian(rows, layer.Inputs, 1);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < layer.Inputs; j++) x[i, j] += x[i, j] < 0 ? -0.05 : 0.05;
        return x;
    }

    private static double[,] OutputGradient(Layer layer, int rows) => HostArrays.Gaussian(rows, layer.Outputs, 2);

    private static double Projection(double[] y, double[,] direction) => y.Zip(direction.Cast<double>(), (a, b) => a * b).Sum();

    private static double[] Numeric(double[] at, Func<double[], double> f)
    {
        double[] gradient = new double[at.Length], moved = [.. at];
        for (int i = 0; i < at.Length; i++)
        {
            double h = Step * Math.Max(1, Math.Abs(at[i]));
            moved[i] = at[i] + h;
            double above = f(moved);
            moved[i] = at[i] - h;
            gradient[i] = (above - f(moved)) / (2 * h);
            moved[i] = at[i];
        }
        return gradient;
    }

    private void ForEach(Action<Layer> check)
    {
        Assert.NotEmpty(Layers);
        foreach (Layer layer in Layers) check(layer);
    }
}
