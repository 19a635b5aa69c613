using PipelineBackprop.Compute;
using PipelineBackprop.Losses;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Testing.Losses;

/// <summary>What every loss must pass; a loss's test class derives from this.</summary>
public abstract class LossTests
{
    private const int Slot = 2;

    /// <summary>The device the losses run on.</summary>
    protected virtual IDevice Device => CpuDevice.Instance;

    /// <summary>The losses to check.</summary>
    protected abstract IReadOnlyList<Loss> Losses { get; }

    /// <summary>l of one example, from its definition.</summary>
    protected abstract double Reference(Loss loss, double[] o, double[] y);

    /// <summary>Targets for outputs of a width.</summary>
    protected abstract double[,] Targets(int rows, int outputs);

    [Fact]
    public void Evaluate_AtRaggedSizes_IsTheSumOfItsDefinition() => ForEach((loss, rows, outputs) =>
    {
        double[,] o = HostArrays.Gaussian(rows, outputs, 5, 2), y = Targets(rows, outputs);
        double expected = Enumerable.Range(0, rows).Sum(row => Reference(loss, Row(o, row), Row(y, row)));
        Close.Each([expected], [Evaluate(loss, o, y).Sum], 1e-12, loss.Kind);
        Close.Each([expected], [Evaluate(loss, o, y, ElementType.Float32).Sum], 2e-6, loss.Kind + " in float32");
    });

    // See LayerTests for step and tolerance.
    [Fact]
    public void Gradient_CentralDifferences_Agree() => ForEach((loss, rows, outputs) =>
    {
        const double Scale = 0.25, Step = 6e-6;
        rows = Math.Min(rows, 3);
        outputs = Math.Min(outputs, 13);
        double[,] o = HostArrays.Gaussian(rows, outputs, 5, 2), y = Targets(rows, outputs);
        double[] analytic = Evaluate(loss, o, y, scale: Scale).Gradient, numeric = new double[rows * outputs];
        for (int i = 0; i < numeric.Length; i++)
        {
            double[] own = Row(o, i / outputs), target = Row(y, i / outputs);
            double at = own[i % outputs];
            own[i % outputs] = at + Step;
            double above = Reference(loss, own, target);
            own[i % outputs] = at - Step;
            numeric[i] = Scale * (above - Reference(loss, own, target)) / (2 * Step);
        }
        Close.Each(numeric, analytic, 1e-6, $"{loss.Kind} gradient", floor: Math.Max(Scale * 0.01, numeric.Max(Math.Abs)));
    });

    [Fact]
    public void Evaluate_WithoutGradient_GivesTheSameLoss() => ForEach((loss, rows, outputs) =>
    {
        double[,] o = HostArrays.Gaussian(rows, outputs, 5, 2), y = Targets(rows, outputs);
        Assert.Equal(Evaluate(loss, o, y).Sum, Evaluate(loss, o, y, withGradient: false).Sum);
    });

    [Fact]
    public void Evaluate_OnAnyNumberOfThreads_GivesTheSameBits() => ForEach((loss, _, outputs) =>
    {
        int rows = 40000 / outputs + 3;
        double[,] o = HostArrays.Gaussian(rows, outputs, 5, 2), y = Targets(rows, outputs);
        (double sum, double[] gradient) = Evaluate(loss, o, y, ElementType.Float32);
        foreach (int threads in (int[])[2, 3])
        {
            (double otherSum, double[] otherGradient) = Evaluate(loss, o, y, ElementType.Float32, threads: threads);
            Assert.Equal(sum, otherSum);
            Close.Bits(gradient, otherGradient, $"{loss.Kind} gradient on {threads} threads");
        }
    });

    [Fact]
    public void Evaluate_RowByRow_GivesTheSameBitsAsTogether() => ForEach((loss, rows, outputs) =>
    {
        double[,] o = HostArrays.Gaussian(rows, outputs, 5, 2), y = Targets(rows, outputs);
        double[] together = Evaluate(loss, o, y, ElementType.Float32).Gradient;
        for (int row = 0; row < rows; row++)
        {
            double[] own = Evaluate(loss, HostArrays.Rows(o, row, 1), HostArrays.Rows(y, row, 1), ElementType.Float32).Gradient;
            Close.Bits(together[(row * outputs)..((row + 1) * outputs)], own, $"{loss.Kind} row {row}");
        }
    });

    [Fact]
    public void Evaluate_OfNaN_IsNaN()
    {
        foreach (Loss loss in Losses)
        {
            double[,] o = HostArrays.Gaussian(3, 5, 5);
            o[1, 4] = double.NaN;
            (double sum, double[] gradient) = Evaluate(loss, o, Targets(3, 5), ElementType.Float32);
            Assert.True(double.IsNaN(sum), loss.Kind);
            Assert.True(double.IsNaN(gradient[9]), loss.Kind);
        }
    }

    [Fact]
    public void REvaluate_CentralDifferencesOfTheGradient_Agree() => ForEach((loss, rows, outputs) =>
    {
        const double Scale = 0.25, Step = 6e-6;
        double[,] o = HostArrays.Gaussian(rows, outputs, 5, 2), y = Targets(rows, outputs), ro = HostArrays.Gaussian(rows, outputs, 6);
        double[] analytic = REvaluate(loss, o, y, ro, ElementType.Float64, Scale), above = Gradient(Step), below = Gradient(-Step);
        double[] numeric = [.. above.Zip(below, (up, down) => (up - down) / (2 * Step))];
        Close.Each(numeric, analytic, 1e-6, $"{loss.Kind} tangent", floor: Math.Max(Scale * 0.01, numeric.Max(Math.Abs)));
        Close.InNorm(analytic, REvaluate(loss, o, y, ro, ElementType.Float32, Scale), 2e-6, $"{loss.Kind} tangent in float32", floor: Scale * 0.01);

        double[] Gradient(double step) => Evaluate(
            loss, HostArrays.Shaped([.. HostArrays.Flatten(o).Zip(HostArrays.Flatten(ro), (value, change) => value + step * change)], rows, outputs), y, scale: Scale).Gradient;
    });

    [Fact]
    public void REvaluate_OnAnyNumberOfThreads_GivesTheSameBits() => ForEach((loss, _, outputs) =>
    {
        int rows = 40000 / outputs + 3;
        double[,] o = HostArrays.Gaussian(rows, outputs, 5, 2), y = Targets(rows, outputs), ro = HostArrays.Gaussian(rows, outputs, 6);
        double[] one = REvaluate(loss, o, y, ro, ElementType.Float32);
        foreach (int threads in (int[])[2, 3])
            Close.Bits(one, REvaluate(loss, o, y, ro, ElementType.Float32, threads: threads), $"{loss.Kind} tangent on {threads} threads");
    });

    /// <summary>Runs a loss's R-operator on its own bench.</summary>
    protected double[] REvaluate(Loss loss, double[,] o, double[,] y, double[,] ro, ElementType type = ElementType.Float64, double scale = 1, int threads = 1)
    {
        using var bench = new ComputeBench(Device, type, threads);
        DeviceTensor rgradient = bench.Rent(Shape.Matrix(o.GetLength(0), o.GetLength(1)));
        bench.Compute.Fill(rgradient, double.NaN);
        loss.REvaluate(bench.Compute, bench.Upload(o), bench.Upload(y), bench.Upload(ro), scale, rgradient);
        return bench.Download(rgradient);
    }

    /// <summary>Runs a loss on its own bench and returns Σ l and the gradient.</summary>
    protected (double Sum, double[] Gradient) Evaluate(
        Loss loss, double[,] o, double[,] y, ElementType type = ElementType.Float64, double scale = 1, int threads = 1, bool withGradient = true)
    {
        using var bench = new ComputeBench(Device, type, threads);
        DeviceTensor outputs = bench.Upload(o), targets = bench.Upload(y), losses = bench.Upload([1.0, 2.0, 3.0, 4.0]);
        Assert.Equal(targets.Columns, loss.TargetWidth(outputs.Columns));
        DeviceTensor? gradient = withGradient ? bench.Rent(outputs.Shape) : null;
        loss.Evaluate(bench.Compute, outputs, targets, scale, losses, Slot, gradient);
        double[] slots = bench.Download(losses);
        Assert.Equal([1.0, 2.0, 4.0], slots.Where((_, i) => i != Slot));
        return (slots[Slot], gradient is null ? [] : bench.Download(gradient));
    }

    private static double[] Row(double[,] values, int row) => HostArrays.Flatten(HostArrays.Rows(values, row, 1));

    private void ForEach(Action<Loss, int, int> check)
    {
        Assert.NotEmpty(Losses);
        foreach (Loss loss in Losses)
            foreach ((int rows, int outputs) in ((int, int)[])[(1, 1), (3, 2), (7, 13), (5, 33)]) check(loss, rows, outputs);
    }
}
