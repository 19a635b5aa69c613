using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Reference;
using Xunit;

namespace PipelineBackprop.Testing.Compute;

/// <summary>Every operation of a device against the formula written out in float64, at ragged sizes and in both formats.</summary>
public abstract class ComputeTests
{
    private static readonly (int Rows, int Columns)[] s_sizes = [(1, 1), (1, 7), (3, 5), (7, 13), (16, 16), (33, 65), (3, 4099)];

    /// <summary>The device under test.</summary>
    protected virtual IDevice Device => CpuDevice.Instance;

    /// <summary>Formats the device knows.</summary>
    protected virtual IReadOnlyList<ElementType> Formats => [ElementType.Float64, ElementType.Float32];

    [Fact]
    public void UploadAndDownload_GiveTheValuesBack() => ForEach((bench, rows, columns, _) =>
    {
        float[] values = [.. HostArrays.Gaussian(rows * columns, 1).Select(value => (float)value)];
        DeviceTensor tensor = bench.Rent(Shape.Matrix(rows, columns));
        bench.Compute.Upload(values, tensor);
        float[] back = new float[values.Length];
        bench.Compute.Download(tensor, back);
        Assert.Equal(values, back);
        Assert.Throws<ArgumentException>(() => bench.Compute.Upload(new double[values.Length + 1], tensor));
    });

    [Fact]
    public void Elementwise_AtRaggedSizes_AgreesWithTheFormula() => ForEach((bench, rows, columns, tolerance) =>
    {
        double[] x = HostArrays.Gaussian(rows * columns, 1), y = HostArrays.Gaussian(rows * columns, 2);
        Shape shape = Shape.Matrix(rows, columns);
        DeviceTensor a = bench.Upload(x, shape), b = bench.Upload(y, shape), c = bench.Rent(shape);
        bench.Compute.Add(a, b, c);
        Check(x.Zip(y, (p, q) => p + q), c, "sum");
        bench.Compute.Multiply(a, b, c);
        Check(x.Zip(y, (p, q) => p * q), c, "product");
        bench.Compute.Scale(a, -0.3, c);
        Check(x.Select(p => -0.3 * p), c, "scaled");
        bench.Compute.Copy(b, c);
        Check(y, c, "copy");
        bench.Compute.AddScaled(a, 0.7, c);
        Check(x.Zip(y, (p, q) => q + 0.7 * p), c, "added scaled");
        bench.Compute.Fill(c, 2.5);
        Check(x.Select(_ => 2.5), c, "filled");
        bench.Compute.Add(a, b, a);
        Check(x.Zip(y, (p, q) => p + q), a, "sum in place");

        void Check(IEnumerable<double> expected, DeviceTensor actual, string what) =>
            Close.Each([.. expected], bench.Download(actual), tolerance, what, floor: 4);
    });

    [Fact]
    public void Activations_OverTheirRange_AgreeWithTheFormula() => ForEachFormat((bench, tolerance) =>
    {
        double[] grid = [.. Enumerable.Range(-4000, 8001).Select(i => (double)(float)(i / 200.0)), 1e-30, -1e-30, 1e-6, 100, -100];
        DeviceTensor z = bench.Upload(grid), y = bench.Rent(z.Shape), dy = bench.Rent(z.Shape), dx = bench.Rent(z.Shape);
        foreach (Activation activation in Activations())
        {
            bench.Compute.Activate(activation, z, y);
            double[] values = [.. grid.Select(value => Naive.Activate(activation, value))];
            Close.Each(values, bench.Download(y), 4 * tolerance, activation.Kind.ToString(), floor: 0.01);
            bench.Compute.Fill(dy, 1);
            bench.Compute.ActivateBackward(activation, activation.DerivativeFromOutput ? y : z, dy, dx);
            double[] slopes = [.. grid.Select(value => Naive.Slope(activation, value))];
            Close.Each(slopes, bench.Download(dx), 4 * tolerance, $"slope of {activation.Kind}", floor: 1);
            // Along dz = 1 and with R∂ = 0, φ'' is left; where φ' comes from y, its tangent is φ'.
            DeviceTensor moved = activation.DerivativeFromOutput ? dx : dy, rdx = bench.Upload(new double[grid.Length]);
            bench.Compute.ActivateBackwardTangent(activation, activation.DerivativeFromOutput ? y : z, moved, dy, rdx, rdx);
            double[] bends = [.. grid.Select(value => Naive.Bend(activation, value))];
            Close.Each(bends, bench.Download(rdx), 4 * tolerance, $"bend of {activation.Kind}", floor: 1);
        }
    });

    [Fact]
    public void Activations_OfNaN_AreNaN() => ForEachFormat((bench, _) =>
    {
        foreach (Activation activation in Activations())
        {
            DeviceTensor z = bench.Upload([1, double.NaN, -1]), dy = bench.Upload([1.0, 1, 1]);
            bench.Compute.Activate(activation, z, z);
            Assert.True(double.IsNaN(bench.Download(z)[1]), activation.Kind.ToString());
            bench.Compute.ActivateBackward(activation, z, bench.Upload([1, double.NaN, 1.0]), dy);
            Assert.True(double.IsNaN(bench.Download(dy)[1]), $"slope of {activation.Kind}");
        }
    });

    [Fact]
    public void ARelu_ThatIsOff_LetsNothingBackWhateverComes() => ForEachFormat((bench, _) =>
    {
        double[] zeros = new double[4];
        DeviceTensor off = bench.Upload(zeros), dy = bench.Upload([1, double.PositiveInfinity, double.NegativeInfinity, double.NaN]), dx = bench.Rent(dy.Shape);
        bench.Compute.ActivateBackward(Activation.Relu, off, dy, dx);
        Assert.Equal(zeros, bench.Download(dx));
        bench.Compute.ActivateBackwardTangent(Activation.Relu, off, dy, dy, dy, dx);
        Assert.Equal(zeros, bench.Download(dx));
    });

    [Fact]
    public void Activations_FarOut_HaveFiniteSlopesAndBends() => ForEachFormat((bench, _) =>
    {
        double largest = bench.Compute.ElementType == ElementType.Float32 ? float.MaxValue : double.MaxValue;
        double[] far = [1e3, -1e3, 1e10, -1e10, 1e25, -1e25, largest, -largest];
        DeviceTensor z = bench.Upload(far), one = bench.Upload([.. far.Select(_ => 1.0)]), y = bench.Rent(z.Shape), dx = bench.Rent(z.Shape);
        foreach (Activation activation in Activations())
        {
            bench.Compute.Activate(activation, z, y);
            DeviceTensor saved = activation.DerivativeFromOutput ? y : z;
            bench.Compute.ActivateBackward(activation, saved, one, dx);
            Assert.All(bench.Download(dx), slope => Assert.InRange(slope, 0, 1));
            bench.Compute.ActivateBackwardTangent(activation, saved, one, one, one, dx);
            Assert.All(bench.Download(dx), tangent => Assert.True(double.IsFinite(tangent), $"{activation.Kind} gave {tangent}"));
        }
    });

    [Fact]
    public void Activate_RowByRow_GivesTheSameBitsAsTogether() => ForEachFormat((bench, _) =>
    {
        double[,] values = HostArrays.Gaussian(7, 13, 3, 2);
        foreach (Activation activation in Activations())
        {
            DeviceTensor x = bench.Upload(values), y = bench.Rent(x.Shape);
            bench.Compute.Activate(activation, x, y);
            double[] together = bench.Download(y);
            for (int row = 0; row < 7; row++)
            {
                DeviceTensor own = bench.Upload(HostArrays.Rows(values, row, 1));
                bench.Compute.Activate(activation, own, own);
                Close.Bits(together[(row * 13)..((row + 1) * 13)], bench.Download(own), $"{activation.Kind} of row {row}");
            }
        }
    });

    [Fact]
    public void MatrixProduct_OfEveryTransposition_AgreesWithTheFormula() => ForEachFormat((bench, tolerance) =>
    {
        foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 1, 1), (5, 7, 3), (13, 33, 65), (17, 6, 130), (136, 260, 44)])
        {
            foreach ((bool ta, bool tb) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
            {
                double[,] a = ta ? HostArrays.Gaussian(k, m, 1) : HostArrays.Gaussian(m, k, 1);
                double[,] b = tb ? HostArrays.Gaussian(n, k, 2) : HostArrays.Gaussian(k, n, 2);
                double[] product = HostArrays.Flatten(Naive.Product(a, ta, b, tb)), start = HostArrays.Gaussian(m * n, 3);
                DeviceTensor c = bench.Upload(start, Shape.Matrix(m, n)), left = bench.Upload(a), right = bench.Upload(b);
                bench.Compute.MatrixProduct(left, ta, right, tb, c, accumulate: true);
                Close.InNorm([.. product.Zip(start, (p, q) => p + q)], bench.Download(c), 10 * tolerance, "accumulated product");
                bench.Compute.MatrixProduct(left, ta, right, tb, c, accumulate: false);
                Close.InNorm(product, bench.Download(c), 10 * tolerance, $"product {m}×{k}×{n} {ta} {tb}");
            }
        }
    });

    [Fact]
    public void LinearInputGradient_WithADerivative_GivesTheBitsOfBothInTurn() => ForEachFormat((bench, _) =>
    {
        foreach ((int rows, int inputs, int outputs) in ((int, int, int)[])[(1, 1, 1), (7, 65, 3), (40, 9, 50), (13, 130, 400)])
        {
            DeviceTensor dz = bench.Upload(HostArrays.Gaussian(rows, outputs, 1)), weight = bench.Upload(HostArrays.Gaussian(outputs, inputs, 2));
            DeviceTensor saved = bench.Upload(HostArrays.Gaussian(rows, inputs, 3)), expected = bench.Rent(saved.Shape), dx = bench.Rent(saved.Shape);
            int elements = bench.Compute.PackedElements(weight.Shape, WeightUse.InputGradient);
            DeviceTensor? packed = elements == 0 ? null : bench.Rent(Shape.Vector(elements));
            if (packed is not null) bench.Compute.Pack(weight, WeightUse.InputGradient, packed);
            foreach (Activation activation in Activations())
            {
                foreach (DeviceTensor? packing in (DeviceTensor?[])[null, packed])
                {
                    bench.Compute.LinearInputGradient(dz, weight, packing, expected);
                    bench.Compute.ActivateBackward(activation, saved, expected, expected);
                    bench.Compute.LinearInputGradient(dz, weight, packing, activation, saved, dx);
                    Close.Bits(bench.Download(expected), bench.Download(dx), $"{activation.Kind} of {rows}×{inputs}, packed: {packing is not null}");
                }
            }
        }
    });

    [Fact]
    public void LinearWeightGradient_WhenComplete_GivesTheProductAndItsSumOfSquares() => ForEachFormat((bench, _) =>
    {
        foreach ((int rows, int inputs, int outputs) in ((int, int, int)[])[(1, 1, 1), (7, 65, 3), (40, 33, 50), (20, 70, 130)])
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                DeviceTensor dz = bench.Upload(HostArrays.Gaussian(rows, outputs, 1)), x = bench.Upload(HostArrays.Gaussian(rows, inputs, 2));
                double[] start = HostArrays.Gaussian(outputs * inputs, 3);
                DeviceTensor expected = bench.Upload(start, Shape.Matrix(outputs, inputs)), gradient = bench.Upload(start, expected.Shape);
                bench.Compute.MatrixProduct(dz, transposeA: true, x, transposeB: false, expected, accumulate);
                bench.Compute.LinearWeightGradient(dz, x, gradient, accumulate, isComplete: true);
                double[] values = bench.Download(gradient);
                Close.Bits(bench.Download(expected), values, $"gradient {outputs}×{inputs} of {rows}");
                // Sums of float64 in two orders; the formats' own tolerance has no part in it.
                double squares = values.Sum(value => value * value);
                Assert.Equal(squares, bench.Compute.SumOfSquares(gradient), squares * 1e-13);
                bench.Compute.Scale(gradient, 2, gradient);
                Assert.Equal(4 * squares, bench.Compute.SumOfSquares(gradient), squares * 1e-12);
            }
        }
    });

    [Fact]
    public void Reductions_AtRaggedSizes_AgreeWithTheFormula() => ForEach((bench, rows, columns, tolerance) =>
    {
        double[] x = HostArrays.Gaussian(rows * columns, 1), y = HostArrays.Gaussian(rows * columns, 2), start = HostArrays.Gaussian(columns, 3);
        Shape shape = Shape.Matrix(rows, columns);
        DeviceTensor a = bench.Upload(x, shape), b = bench.Upload(y, shape), sum = bench.Upload(start);
        bench.Compute.SumRows(a, sum, accumulate: true);
        Check(c => start[c] + Rows().Sum(r => x[r * columns + c]));
        bench.Compute.SumRows(a, sum, accumulate: false);
        Check(c => Rows().Sum(r => x[r * columns + c]));
        bench.Compute.SumRowsOfProduct(a, b, sum, accumulate: false);
        Check(c => Rows().Sum(r => x[r * columns + c] * y[r * columns + c]));
        bench.Compute.Copy(bench.Upload(start), sum);
        bench.Compute.SumRowsOfProduct(a, b, sum, accumulate: true);
        Check(c => start[c] + Rows().Sum(r => x[r * columns + c] * y[r * columns + c]));
        double[] held = bench.Download(a);
        Close.Each([held.Sum(value => value * value)], [bench.Compute.SumOfSquares(a)], 1e-12, "sum of squares");

        IEnumerable<int> Rows() => Enumerable.Range(0, rows);
        void Check(Func<int, double> expected) =>
            Close.Each([.. Enumerable.Range(0, columns).Select(expected)], bench.Download(sum), 10 * tolerance, "sum of rows", floor: 5);
    });

    [Fact]
    public void IsFinite_WithOneBadElementAnywhere_IsFalse() => ForEachFormat((bench, _) =>
    {
        double[] values = HostArrays.Gaussian(9001, 1);
        Assert.True(bench.Compute.IsFinite(bench.Upload(values)));
        foreach (int place in (int[])[0, 4095, 4096, 8191, 9000])
        {
            foreach (double bad in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
            {
                double[] spoiled = [.. values];
                spoiled[place] = bad;
                Assert.False(bench.Compute.IsFinite(bench.Upload(spoiled)), $"{bad} at {place}");
            }
        }
    });

    [Fact]
    public void Huber_AtAnInfiniteDifference_HasTheSlopeOfTheFarEnd() => ForEachFormat((bench, _) =>
    {
        const double Infinity = double.PositiveInfinity;
        DeviceTensor o = bench.Upload([Infinity, -Infinity, 3, 3, 3, double.NaN], Shape.Matrix(3, 2));
        DeviceTensor y = bench.Upload([1, 1, Infinity, -Infinity, 3, 1], o.Shape), losses = bench.Upload([0.0]), gradient = bench.Rent(o.Shape);
        bench.Compute.Huber(o, y, 0.5, 0.25, losses, 0, gradient);
        Assert.Equal([0.125, -0.125, -0.125, 0.125, 0, double.NaN], bench.Download(gradient));
        Assert.Equal([double.NaN], bench.Download(losses));
    });

    private static IEnumerable<Activation> Activations() => ActivationNames.All.Select(name => ActivationNames.Parse(name));

    // Four roundings of the format.
    private void ForEachFormat(Action<ComputeBench, double> check)
    {
        foreach (ElementType format in Formats)
        {
            using var bench = new ComputeBench(Device, format);
            check(bench, format == ElementType.Float64 ? 8.9e-16 : 4.8e-7);
        }
    }

    private void ForEach(Action<ComputeBench, int, int, double> check) => ForEachFormat((bench, tolerance) =>
    {
        foreach ((int rows, int columns) in s_sizes) check(bench, rows, columns, tolerance);
    });
}
