using System.Text.Json;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class TrainingTests
{
    private static readonly SoftmaxCrossEntropyLoss s_loss = new();

    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.Two;

    [Theory, MemberData(nameof(Devices))]
    public void TenSteps_EveryGoldenOptimizer_MatchesLossesAndParameters(SimulatedDeviceOptions device)
    {
        JsonElement trajectories = Golden.Load("training_trajectories.json", "trajectories");
        Assert.Equal(6, trajectories.GetArrayLength());
        using var bench = new DeviceBench(device);
        foreach (JsonElement golden in trajectories.EnumerateArray())
        {
            int[] sizes = Array.ConvertAll(golden.Numbers("sizes"), size => (int)size);
            int depth = sizes.Length - 1;
            var network = new DenseNetwork(
                bench, [.. Enumerable.Range(0, depth).Select(i => new DenseLayer(sizes[i], sizes[i + 1], i < depth - 1 ? Activation.Tanh : default))]);
            for (int i = 0; i < depth; i++)
            {
                bench.Compute.Upload(golden.GetProperty("w0")[i].Numbers(), network.Parameters(i)[0]);
                bench.Compute.Upload(golden.GetProperty("b0")[i].Numbers(), network.Parameters(i)[1]);
            }
            var rule = new GoldenRule(bench, golden, network);
            double[] expectedLosses = golden.Numbers("lossBeforeEachStep"), losses = new double[expectedLosses.Length];
            double[] x = golden.Numbers("x"), y = golden.Numbers("y");
            for (int step = 0; step < losses.Length; step++)
            {
                losses[step] = Gradients(bench, network, sizes[0], x, y, y.Length, accumulate: false) / y.Length;
                rule.Step(step + 1);
            }
            DeviceBench.AssertClose(expectedLosses, losses);
            for (int i = 0; i < depth; i++)
            {
                bench.AssertClose(golden.GetProperty("w10")[i].Numbers(), network.Parameters(i)[0]);
                bench.AssertClose(golden.GetProperty("b10")[i].Numbers(), network.Parameters(i)[1]);
            }
        }
    }

    [Fact]
    public void DensePerceptron_Training_LowersTheLossAndReturnsEveryTensor()
    {
        using var bench = new DeviceBench();
        DenseNetwork network = Perceptron(bench);
        (double[] x, double[] y) = Examples(bench, 24);
        var optimizer = new SgdOptimizer(0.2);
        double first = 0, last = 0;
        long lent = bench.Account.InUse(MemoryPurpose.Workspace);
        for (int step = 1; step <= 20; step++)
        {
            last = Gradients(bench, network, 12, x, y, 24, accumulate: false) / 24;
            if (step == 1) first = last;
            Update(bench, network, optimizer, step);
        }
        Assert.InRange(last, 0, 0.6 * first);
        Assert.Equal(lent, bench.Account.InUse(MemoryPurpose.Workspace));
        Assert.Equal(0, bench.Account.InUse(MemoryPurpose.Stash));
    }

    [Fact]
    public void DensePerceptron_TwoUnevenMicroBatches_GiveTheGradientOfTheWhole()
    {
        using var bench = new DeviceBench();
        DenseNetwork network = Perceptron(bench);
        (double[] x, double[] y) = Examples(bench, 11);
        double whole = Gradients(bench, network, 12, x, y, 11, accumulate: false);
        double[][] expected = [.. AllGradients(bench, network)];
        double parts = Gradients(bench, network, 12, x[..(8 * 12)], y[..8], 11, accumulate: false)
            + Gradients(bench, network, 12, x[(8 * 12)..], y[8..], 11, accumulate: true);
        DeviceBench.AssertClose([whole], [parts]);
        foreach ((double[] one, double[] two) in expected.Zip(AllGradients(bench, network))) DeviceBench.AssertClose(one, two);
    }

    [Fact]
    public void DensePerceptron_SameSeedTwice_EndsBitEqual()
    {
        double[][] runs = [Train(), Train()];
        Assert.Equal(runs[0], runs[1]);

        static double[] Train()
        {
            using var bench = new DeviceBench();
            DenseNetwork network = Perceptron(bench);
            (double[] x, double[] y) = Examples(bench, 10);
            for (int step = 1; step <= 5; step++)
            {
                Gradients(bench, network, 12, x, y, 10, accumulate: false);
                Update(bench, network, new SgdOptimizer(0.1), step);
            }
            return [.. AllGradients(bench, network).SelectMany(values => values), .. bench.Read(network.Parameters(0)[0])];
        }
    }

    private static DenseNetwork Perceptron(DeviceBench bench)
    {
        var network = new DenseNetwork(bench, [new DenseLayer(12, 16, Activation.Relu), new DenseLayer(16, 4)]);
        network.Initialize();
        return network;
    }

    private static (double[] X, double[] Y) Examples(DeviceBench bench, int count)
    {
        double[] x = bench.Values(count * 12);
        return (x, [.. Enumerable.Range(0, count).Select(i => (double)(i % 4))]);
    }

    // Forward, loss and both backward passes of one micro-batch; returns the sum of its losses and gives every tensor back.
    private static double Gradients(DeviceBench bench, DenseNetwork network, int width, double[] x, double[] y, int minibatch, bool accumulate)
    {
        DeviceTensor input = bench.Matrix(y.Length, width, x), targets = bench.Matrix(y.Length, 1, y);
        DeviceTensor[] outputs = network.Forward(input);
        DeviceTensor gradient = bench.Poisoned(outputs[^1].Shape), losses = bench.Poisoned(Shape.Vector(1));
        s_loss.Evaluate(bench.Compute, outputs[^1], targets, 1.0 / minibatch, losses, 0, gradient);
        DeviceTensor?[] inputGradients = network.Backward(gradient, accumulate);
        double sum = bench.Read(losses)[0];
        DeviceTensor?[] rented = [input, targets, gradient, losses, .. outputs, .. inputGradients];
        foreach (DeviceTensor? tensor in rented) tensor?.Release();
        network.ClearFrames();
        return sum;
    }

    private static IEnumerable<double[]> AllGradients(DeviceBench bench, DenseNetwork network) =>
        from layer in Enumerable.Range(0, network.Depth)
        from gradient in network.Gradients(layer)
        select bench.Read(gradient);

    private static void Update(DeviceBench bench, DenseNetwork network, SgdOptimizer optimizer, int step)
    {
        var update = new ParameterUpdate(step, optimizer.LearningRate, GradientScale: 1, CoupledDecay: 0, DecoupledDecay: 0);
        for (int i = 0; i < network.Depth; i++)
        {
            for (int k = 0; k < network.Parameters(i).Count; k++)
                optimizer.Update(bench.Compute, update, network.Gradients(i)[k], [], network.Parameters(i)[k]);
        }
    }
}
