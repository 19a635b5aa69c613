using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class ActivationTests
{
    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void ActivateAndBackward_EveryKind_MatchReference(SimulatedDeviceOptions device)
    {
        using var bench = new DeviceBench(device);
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            var activation = new Activation(kind, 0.2);
            int rows = bench.Length(), columns = bench.Length();
            Shape shape = Shape.Matrix(rows, columns);
            double[] z = bench.Values(rows * columns, 6), dy = bench.Values(rows * columns);
            DeviceTensor x = bench.Upload(shape, z), y = bench.Poisoned(shape), dx = bench.Poisoned(shape);
            bench.Compute.Activate(activation, x, y);
            bench.AssertClose(Array.ConvertAll(z, value => Reference.Apply(activation, value)), y);
            bench.Compute.ActivateBackward(activation, activation.DerivativeFromOutput ? y : x, bench.Upload(shape, dy), dx);
            bench.AssertClose([.. z.Zip(dy, (value, g) => g * Reference.Derivative(activation, value))], dx);
        }
    }

    [Fact]
    public void Activate_ExtremeAndMissingNumbers_KeepsLimitsAndNaN()
    {
        using var bench = new DeviceBench();
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            DeviceTensor x = bench.Vector([float.NaN, 1e30, -1e30, 0]), y = bench.Poisoned(x.Shape);
            bench.Compute.Activate(new Activation(kind), x, y);
            double[] actual = bench.Read(y);
            Assert.Equal(double.NaN, actual[0]);
            Assert.All(actual[1..], value => Assert.True(double.IsFinite(value), $"{kind} gave {value}"));
        }
    }

    [Fact]
    public void A_relu_that_is_off_lets_nothing_back_whatever_comes()
    {
        using var bench = new DeviceBench();
        double[] gradients = [1, double.PositiveInfinity, double.NegativeInfinity, double.NaN], zeros = new double[gradients.Length];
        DeviceTensor off = bench.Vector(zeros), dy = bench.Vector(gradients), dx = bench.Poisoned(dy.Shape), rdx = bench.Poisoned(dy.Shape);
        bench.Compute.ActivateBackward(Activation.Relu, off, dy, dx);
        bench.Compute.ActivateBackwardTangent(Activation.Relu, off, dy, dy, dy, rdx);
        Assert.Equal(zeros, bench.Read(dx));
        Assert.Equal(zeros, bench.Read(rdx));
    }

    [Fact]
    public void The_bend_of_gelu_is_0_far_out()
    {
        using var bench = new DeviceBench();
        double[] far = [30, -30, 1e10, -1e10, 1e25, -1e25, float.MaxValue, float.MinValue];
        DeviceTensor z = bench.Vector(far), one = bench.Vector([.. far.Select(_ => 1.0)]), rdy = bench.Vector(new double[far.Length]), rdx = bench.Poisoned(z.Shape);
        bench.Compute.ActivateBackwardTangent(new Activation(ActivationKind.Gelu), z, one, one, rdy, rdx);
        Assert.All(bench.Read(rdx), bend => Assert.Equal(0, bend));
    }

    // 1 − h² rounds at 6e-8 of 1, not of what is left.
    [Fact]
    public void The_slope_of_tanh_keeps_its_digits_where_it_is_small()
    {
        using var bench = new DeviceBench();
        double[] h = [.. new[] { 0.5, 0.99, 0.9999, 0.99999 }.SelectMany(value => new[] { (double)(float)value, (double)(float)-value })];
        DeviceTensor saved = bench.Vector(h), dx = bench.Poisoned(saved.Shape);
        bench.Compute.ActivateBackward(Activation.Tanh, saved, bench.Vector([.. h.Select(_ => 1.0)]), dx);
        foreach ((double value, double slope) in h.Zip(bench.Read(dx))) Assert.Equal(1, slope / (1 - value * value), 3e-7);
    }
}
