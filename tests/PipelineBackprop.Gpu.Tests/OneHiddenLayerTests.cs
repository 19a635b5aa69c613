using System.Text.Json;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

public sealed class OneHiddenLayerTests
{
    // 8 activations × 2 losses × with and without biases
    private const int Cases = 32;

    public static TheoryData<SimulatedDeviceOptions> Devices => DeviceShapes.All;

    [Theory, MemberData(nameof(Devices))]
    public void DensePerceptron_EveryGoldenCase_MatchesForwardAndEveryGradient(SimulatedDeviceOptions device)
    {
        JsonElement cases = Golden.Load("one_hidden_layer.json", "cases");
        Assert.Equal(Cases, cases.GetArrayLength());
        using var bench = new DeviceBench(device);
        foreach (JsonElement golden in cases.EnumerateArray()) Check(bench, golden);
    }

    private static void Check(DeviceBench bench, JsonElement golden)
    {
        int examples = golden.GetProperty("x").GetArrayLength(), inputs = golden.GetProperty("x")[0].GetArrayLength();
        int hidden = golden.GetProperty("w1").GetArrayLength(), outputs = golden.GetProperty("w2").GetArrayLength();
        bool bias = golden.GetProperty("bias").GetBoolean();
        double decay = golden.Number("weightDecay");
        var activation = new Activation(Enum.Parse<ActivationKind>(golden.GetProperty("activation").GetString()!, ignoreCase: true));
        var network = new DenseNetwork(
            bench, [new DenseLayer(inputs, hidden, activation, bias), new DenseLayer(hidden, outputs, bias: bias)]);
        for (int i = 0; i < 2; i++)
        {
            bench.Compute.Upload(golden.Numbers($"w{i + 1}"), network.Parameters(i)[0]);
            if (bias) bench.Compute.Upload(golden.Numbers($"b{i + 1}"), network.Parameters(i)[1]);
        }

        DeviceTensor[] y = network.Forward(bench.Matrix(examples, inputs, golden.Numbers("x")));
        bench.AssertClose(golden.Numbers("h"), y[0]);
        bench.AssertClose(golden.Numbers("o"), y[1]);

        DeviceTensor gradient = bench.Poisoned(y[1].Shape);
        DeviceBench.AssertClose([golden.Number("L")], [Loss(bench, golden, y[1], gradient) / examples]);
        bench.AssertClose(golden.Numbers("dJ_do"), gradient);

        DeviceTensor?[] dx = network.Backward(gradient, accumulate: false);
        Assert.Null(dx[0]);
        bench.AssertClose(golden.Numbers("dJ_dh"), dx[1]!);
        for (int i = 0; i < 2; i++)
        {
            bench.Compute.AddScaled(network.Parameters(i)[0], decay, network.Gradients(i)[0]);
            bench.AssertClose(golden.Numbers($"dJ_dW{i + 1}"), network.Gradients(i)[0]);
            if (bias) bench.AssertClose(golden.Numbers($"dJ_db{i + 1}"), network.Gradients(i)[1]);
        }
        network.ClearFrames();
    }

    // The sum over the rows; the gradient carries the mean.
    private static double Loss(DeviceBench bench, JsonElement golden, DeviceTensor o, DeviceTensor gradient)
    {
        DeviceTensor losses = bench.Poisoned(Shape.Vector(1));
        double[] y = golden.Numbers("y");
        if (golden.GetProperty("loss").GetString() == "softmaxCrossEntropy")
            new SoftmaxCrossEntropyLoss().Evaluate(bench.Compute, o, bench.Matrix(o.Rows, 1, y), 1.0 / o.Rows, losses, 0, gradient);
        else
            bench.Compute.HalfSquaredError(o, bench.Upload(o.Shape, y), 1.0 / o.Rows, losses, 0, gradient);
        return bench.Read(losses)[0];
    }
}
