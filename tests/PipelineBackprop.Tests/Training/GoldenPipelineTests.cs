using System.Text.Json;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Golden;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Ten steps of every optimizer against the reference, through pipelines of one to three stages and one or four micro-batches.</summary>
public sealed class GoldenPipelineTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string, int, int> Runs()
    {
        var runs = new TheoryData<string, int, int>();
        foreach (JsonElement trajectory in Trajectories())
            foreach (int stages in new[] { 1, 2, 3 })
                foreach (int microBatches in new[] { 1, 4 })
                    runs.Add(trajectory.GetProperty("optimizer").GetString()!, stages, microBatches);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Ten_steps_agree_with_the_reference(string name, int stages, int microBatches)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JsonElement golden = Trajectories().Single(trajectory => trajectory.GetProperty("optimizer").GetString() == name);
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(golden, name, stages, microBatches), token);
        await pipeline.WriteParametersAsync(Start(golden), token);
        double[,] x = golden.GetProperty("x").Matrix();
        var minibatch = new Minibatch(Floats(x.Cast<double>()), Floats(golden.GetProperty("y").Targets().Cast<double>()), x.GetLength(0));

        double[] before = golden.GetProperty("lossBeforeEachStep").Vector();
        for (int step = 0; step < before.Length; step++)
            Close.Each([before[step]], [(await pipeline.TrainStepAsync(minibatch, token)).Loss], Tolerance, $"{name} loss before step {step}");
        foreach (ParameterValues parameter in await pipeline.ReadParametersAsync(token))
        {
            string[] parts = parameter.Name.Split('.');
            JsonElement expected = golden.GetProperty(parts[2] == "weight" ? "w10" : "b10")[int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)];
            Close.InNorm(expected.Flat(), parameter.Values, Tolerance, $"{name} {parameter.Name}");
        }
    }

    private static IReadOnlyList<JsonElement> Trajectories() => Fixture.Read("training_trajectories.json", "trajectories");

    private static PipelineOptions Options(JsonElement golden, string name, int stages, int microBatches)
    {
        JsonElement hyper = golden.GetProperty("hyperparameters");
        double? Number(string key) => hyper.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : null;
        int[] sizes = [.. golden.GetProperty("sizes").Vector().Select(size => (int)size)];
        string kind = name.Split('+')[0] is "adam" or "adamw" ? name.Split('+')[0] : "sgd";
        return new PipelineOptions
        {
            Layers =
            [
                .. Enumerable.Range(0, sizes.Length - 1).Select(i => new DenseLayer(
                    sizes[i], sizes[i + 1], i + 2 < sizes.Length ? ActivationNames.Parse(golden.GetProperty("activation").GetString()!) : default)),
            ],
            Loss = LossRegistry.Create(golden.GetProperty("loss").GetString()!),
            Optimizer = OptimizerRegistry.Create(kind, new OptimizerSettings
            {
                LearningRate = Number("learningRate"),
                Momentum = Number("momentum"),
                Nesterov = hyper.TryGetProperty("nesterov", out JsonElement nesterov) ? nesterov.GetBoolean() : null,
                Beta1 = Number("beta1"),
                Beta2 = Number("beta2"),
                Epsilon = Number("epsilon"),
            }),
            WeightDecay = new WeightDecay(Number("weightDecay") ?? 0),
            Stages = stages,
            MicroBatches = microBatches,
        };
    }

    private static List<ParameterValues> Start(JsonElement golden)
    {
        var values = new List<ParameterValues>();
        for (int i = 0; i < golden.GetProperty("w0").GetArrayLength(); i++)
        {
            double[,] weight = golden.GetProperty("w0")[i].Matrix();
            double[] bias = golden.GetProperty("b0")[i].Vector();
            values.Add(new ParameterValues($"layers.{i}.weight", Shape.Matrix(weight.GetLength(0), weight.GetLength(1)), [.. weight.Cast<double>()]));
            values.Add(new ParameterValues($"layers.{i}.bias", Shape.Vector(bias.Length), bias));
        }
        return values;
    }

    private static float[] Floats(IEnumerable<double> values) => [.. values.Select(value => (float)value)];
}
