using System.Text.Json;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Testing.Golden;

/// <summary>Ten steps of every optimizer against the reference, in float32, with layers, loss and optimizer called directly.</summary>
public abstract class TrainingTrajectoryTests
{
    private const string File = "training_trajectories.json", List = "trajectories";
    private const double Tolerance = 1e-5;

    /// <summary>The device to compute on.</summary>
    protected virtual IDevice Device => CpuDevice.Instance;

    public static TheoryData<string> Optimizers =>
        [.. Fixture.Read(File, List).Select(trajectory => trajectory.GetProperty("optimizer").GetString()!)];

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void TenSteps_AgreeWithTheReference(string name)
    {
        JsonElement golden = Fixture.Read(File, List).Single(trajectory => trajectory.GetProperty("optimizer").GetString() == name);
        using var bench = new ComputeBench(Device, ElementType.Float32);
        (Optimizer optimizer, WeightDecay decay) = Read(golden.GetProperty("hyperparameters"), name);
        int[] sizes = [.. golden.GetProperty("sizes").Vector().Select(size => (int)size)];
        var network = new PlainNetwork(bench, sizes, ActivationNames.Parse(golden.GetProperty("activation").GetString()!), golden);
        Loss loss = LossRegistry.Create(golden.GetProperty("loss").GetString()!);
        DeviceTensor x = bench.Upload(golden.GetProperty("x").Matrix()), y = bench.Upload(golden.GetProperty("y").Targets());

        double[] before = golden.GetProperty("lossBeforeEachStep").Vector();
        for (int step = 0; step < before.Length; step++)
        {
            double own = network.TrainStep(x, y, loss, optimizer, decay, step + 1);
            Close.Each([before[step]], [own], Tolerance, $"{name} loss before step {step}");
        }
        network.CheckParameters((values, parameter, index) =>
            Close.InNorm(golden.GetProperty(parameter + "10")[index].Flat(), values, Tolerance, $"{name} {parameter}{index}"));
    }

    private static (Optimizer Optimizer, WeightDecay Decay) Read(JsonElement hyperparameters, string name)
    {
        double? Number(string key) => hyperparameters.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : null;
        string kind = name.Split('+')[0] is "adam" or "adamw" ? name.Split('+')[0] : "sgd";
        Optimizer optimizer = OptimizerRegistry.Create(kind, new OptimizerSettings
        {
            LearningRate = Number("learningRate"),
            Momentum = Number("momentum"),
            Nesterov = hyperparameters.TryGetProperty("nesterov", out JsonElement nesterov) ? nesterov.GetBoolean() : null,
            Beta1 = Number("beta1"),
            Beta2 = Number("beta2"),
            Epsilon = Number("epsilon"),
        });
        return (optimizer, new WeightDecay(Number("weightDecay") ?? 0).For(optimizer));
    }
}
