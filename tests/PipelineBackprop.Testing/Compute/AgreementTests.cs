using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;
using Xunit;

namespace PipelineBackprop.Testing.Compute;

/// <summary>
/// Every operation of a device against the processor in float32, at random shapes that fit no tile, with NaN in every target and behind the end of every
/// operand. What a device overwrites it must overwrite whole, and what it reads must be its own.
/// </summary>
public abstract class AgreementTests
{
    /// <summary>The device under test; opened on the test's thread.</summary>
    protected abstract IDevice Device { get; }

    /// <summary>Random cases of each operation.</summary>
    protected virtual int Cases => 4;

    /// <summary>The longest side of a matrix.</summary>
    protected virtual int LongestSide => 300;

    /// <summary>What the shapes are drawn by.</summary>
    protected virtual ulong Seed => 5;

    [Fact]
    public void Product_OfEveryTransposition() => Sample((pair, _) =>
    {
        for (int form = 0; form < 8; form++)
        {
            (int m, int n, int k) = (pair.Side(), pair.Side(), pair.Side());
            (bool ta, bool tb, bool accumulate) = ((form & 1) != 0, (form & 2) != 0, (form & 4) != 0);
            Both a = pair.Random(ta ? (k, m) : (m, k)), b = pair.Random(tb ? (n, k) : (k, n)), c = accumulate ? pair.Random((m, n)) : pair.Poisoned((m, n));
            pair.Run(compute => compute.MatrixProduct(a[compute], ta, b[compute], tb, c[compute], accumulate));
            pair.AssertClose(c, $"{m}×{k}×{n}, transposed {ta} {tb}, accumulated {accumulate}");
        }
    });

    [Fact]
    public void Linear_WithEveryEpilogue() => Sample((pair, _) =>
    {
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            (int rows, int inputs, int outputs) = (pair.Side(), pair.Side(), pair.Side());
            bool hasBias = pair.Flip(), keepsZ = pair.Flip();
            Both x = pair.Random((rows, inputs)), w = pair.Random((outputs, inputs), 0.1), bias = pair.Random((1, outputs));
            Both z = pair.Poisoned((rows, outputs)), y = pair.Poisoned((rows, outputs));
            pair.Run(compute => compute.Linear(
                x[compute], w[compute], hasBias ? bias[compute] : null, new Activation(kind, 0.1), keepsZ ? z[compute] : null, y[compute]));
            pair.AssertClose(y, $"{kind} of {rows}×{inputs}×{outputs}");
            if (keepsZ) pair.AssertClose(z, $"z of {kind}");
        }
    });

    [Fact]
    public void Elementwise() => Sample((pair, shape) =>
    {
        Both a = pair.Random(shape), b = pair.Random(shape), c = pair.Random(shape), d = pair.Random(shape);
        Check(pair, shape, "sum", (compute, target) => compute.Add(a[compute], b[compute], target));
        Check(pair, shape, "product", (compute, target) => compute.Multiply(a[compute], b[compute], target));
        Check(pair, shape, "scaled", (compute, target) => compute.Scale(a[compute], -0.3, target));
        Check(pair, shape, "copy", (compute, target) => compute.Copy(a[compute], target));
        Check(pair, shape, "filled", (compute, target) => compute.Fill(target, 0.7));
        Both sum = pair.Random(shape);
        pair.Run(compute => compute.AddScaled(a[compute], 1.7, sum[compute]));
        pair.AssertClose(sum, "added scaled");
        foreach (double rate in (double[])[0, 0.3, 0.9])
            Check(pair, shape, $"dropout {rate}", (compute, target) => compute.Dropout(new DropoutMask(rate, 0x1234_5678_9ABC, 99, 7), a[compute], target));
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            Check(pair, shape, kind.ToString(), (compute, target) => compute.Activate(new Activation(kind), a[compute], target));
            Check(pair, shape, $"slope of {kind}", (compute, target) => compute.ActivateBackward(new Activation(kind), a[compute], b[compute], target));
            Check(pair, shape, $"tangent of the slope of {kind}", (compute, target) =>
                compute.ActivateBackwardTangent(new Activation(kind), a[compute], b[compute], c[compute], d[compute], target));
        }
    });

    [Fact]
    public void RowsAndColumns() => Sample((pair, shape) =>
    {
        (int rows, int columns) = shape;
        Both x = pair.Random(shape), y = pair.Random(shape), gain = pair.Random((1, columns)), shift = pair.Random((1, columns));
        foreach (bool accumulate in (bool[])[false, true])
        {
            Both sum = accumulate ? pair.Random((1, columns)) : pair.Poisoned((1, columns)), product = accumulate ? pair.Random((1, columns)) : pair.Poisoned((1, columns));
            pair.Run(compute => compute.SumRows(x[compute], sum[compute], accumulate));
            pair.Run(compute => compute.SumRowsOfProduct(x[compute], y[compute], product[compute], accumulate));
            pair.AssertClose(sum, $"sum of the rows {shape}");
            pair.AssertClose(product, $"sum of the products {shape}");
        }
        Both normalized = pair.Poisoned(shape), inverse = pair.Poisoned((1, rows)), output = pair.Poisoned(shape), dx = pair.Poisoned(shape);
        pair.Run(compute => compute.LayerNormalize(x[compute], gain[compute], shift[compute], 1e-5, normalized[compute], inverse[compute], output[compute]));
        pair.Run(compute => compute.LayerNormalizeBackward(normalized[compute], inverse[compute], gain[compute], y[compute], dx[compute]));
        // A single column is its own mean: what is left of it is rounding.
        if (columns > 1) pair.AssertClose(normalized, $"normalized {shape}");
        pair.AssertClose(inverse, $"inverse deviation {shape}");
        pair.AssertClose(output, $"normalisation {shape}");
        if (columns > 2) pair.AssertClose(dx, $"gradient of the normalisation {shape}");
        CheckNormalizationTangents(pair, shape, (normalized, inverse, gain, y));
        Assert.Equal(pair.Expected.SumOfSquares(x[pair.Expected]), pair.Actual.SumOfSquares(x[pair.Actual]), 1e-12 * rows * columns);
        Assert.True(pair.Actual.IsFinite(x[pair.Actual]));
    });

    [Fact]
    public void LossesAndTheirGradients() => Sample((pair, shape) =>
    {
        (int rows, int columns) = shape;
        Both o = pair.Random(shape, 3), y = pair.Uniform(shape), classes = pair.Classes(rows, columns);
        Both ro = pair.Random(shape);
        Check(pair, shape, "tangent of softmax", (compute, target) => compute.SoftmaxCrossEntropyTangent(o[compute], ro[compute], 0.25, target));
        Check(pair, shape, "tangent of huber", (compute, target) => compute.HuberTangent(o[compute], y[compute], 0.8, ro[compute], 0.25, target));
        foreach (bool withGradient in (bool[])[true, false])
        {
            Check("softmax", (compute, losses, gradient) => compute.SoftmaxCrossEntropy(o[compute], classes[compute], 0.25, losses, 1, gradient));
            Check("squares", (compute, losses, gradient) => compute.HalfSquaredError(o[compute], y[compute], 0.25, losses, 1, gradient));
            Check("binary", (compute, losses, gradient) => compute.BinaryCrossEntropy(o[compute], y[compute], 0.25, losses, 1, gradient));
            Check("huber", (compute, losses, gradient) => compute.Huber(o[compute], y[compute], 0.8, 0.25, losses, 1, gradient));

            void Check(string what, Action<ICompute, DeviceTensor, DeviceTensor?> loss)
            {
                Both losses = pair.Uniform((1, 3)), gradient = pair.Poisoned(shape);
                pair.Run(compute => loss(compute, losses[compute], withGradient ? gradient[compute] : null));
                pair.AssertClose(losses, $"{what} {shape}");
                if (withGradient) pair.AssertClose(gradient, $"gradient of {what} {shape}");
            }
        }
    });

    [Fact]
    public void Updates() => Sample((pair, shape) =>
    {
        Both gradient = pair.Random(shape), w = pair.Random(shape), v = pair.Random(shape), m = pair.Random(shape), u = pair.Uniform(shape), plain = pair.Random(shape);
        for (int step = 1; step <= 2; step++)
        {
            int t = step;
            pair.Run(compute => compute.SgdUpdate(new SgdStep(0.1, 0.5, 0.01, 0.02, 0, false), gradient[compute], null, plain[compute]));
            pair.Run(compute => compute.SgdUpdate(new SgdStep(0.1, 0.5, 0.01, 0, 0.9, t == 2), gradient[compute], v[compute], w[compute]));
            pair.Run(compute => compute.AdamUpdate(new AdamStep(0.01, 1, 0.01, 0.02, 0.9, 0.999, 1e-6, t), gradient[compute], m[compute], u[compute], w[compute]));
        }
        foreach ((Both tensor, string what) in ((Both, string)[])[(plain, "plain"), (w, "weights"), (v, "velocity"), (m, "mean"), (u, "variance")])
            pair.AssertClose(tensor, $"{what} {shape}");
    });

    [Fact]
    public void TheSameWorkTwice_IsBitEqual()
    {
        double[][] runs = [Work(), Work()];
        Close.Bits(runs[0], runs[1], "second run");

        double[] Work()
        {
            using var pair = new DevicePair(Device, seed: 77, LongestSide);
            Both x = pair.Random((97, 61)), w = pair.Random((45, 61)), y = pair.Poisoned((97, 45)), sum = pair.Poisoned((1, 45)), losses = pair.Uniform((1, 1));
            pair.Actual.Linear(x[pair.Actual], w[pair.Actual], null, Activation.Tanh, null, y[pair.Actual]);
            pair.Actual.SumRows(y[pair.Actual], sum[pair.Actual], accumulate: false);
            pair.Actual.SoftmaxCrossEntropy(y[pair.Actual], pair.Classes(97, 45)[pair.Actual], 0.1, losses[pair.Actual], 0, y[pair.Actual]);
            return [.. pair.Read(y), .. pair.Read(sum), .. pair.Read(losses), pair.Actual.SumOfSquares(y[pair.Actual])];
        }
    }

    private static void CheckNormalizationTangents(DevicePair pair, (int Rows, int Columns) shape, (Both Normalized, Both Inverse, Both Gain, Both Dy) at)
    {
        Both rx = pair.Random(shape), rgain = pair.Random((1, shape.Columns)), rshift = pair.Random((1, shape.Columns)), rdy = pair.Random(shape);
        Both rnormalized = pair.Poisoned(shape), rinverse = pair.Poisoned((1, shape.Rows)), ry = pair.Poisoned(shape), rdx = pair.Poisoned(shape);
        pair.Run(compute => compute.LayerNormalizeTangent(
            at.Normalized[compute], at.Inverse[compute], at.Gain[compute], rgain[compute], rshift[compute], rx[compute],
            rnormalized[compute], rinverse[compute], ry[compute]));
        pair.Run(compute => compute.LayerNormalizeBackwardTangent(
            at.Normalized[compute], at.Inverse[compute], rnormalized[compute], rinverse[compute], at.Gain[compute], rgain[compute],
            at.Dy[compute], rdy[compute], rdx[compute]));
        // Two columns leave the normalisation no freedom, so that tangents are rounding.
        if (shape.Columns <= 2) return;
        pair.AssertClose(rnormalized, $"tangent of the normalized {shape}");
        pair.AssertClose(rinverse, $"tangent of the inverse deviation {shape}");
        pair.AssertClose(ry, $"tangent of the normalisation {shape}");
        pair.AssertClose(rdx, $"tangent of the gradient of the normalisation {shape}");
    }

    private static void Check(DevicePair pair, (int, int) shape, string what, Action<ICompute, DeviceTensor> operation)
    {
        Both target = pair.Poisoned(shape);
        pair.Run(compute => operation(compute, target[compute]));
        pair.AssertClose(target, $"{what} {shape}");
    }

    private void Sample(Action<DevicePair, (int Rows, int Columns)> check)
    {
        using var pair = new DevicePair(Device, Seed, LongestSide);
        for (int i = 0; i < Cases; i++) check(pair, (pair.Side(), pair.Side()));
    }
}
