using System.Text.Json;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Golden;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>The Hessian-vector products of an independent autograd for the chapter's perceptron, through pipelines of one and two stages.</summary>
public sealed class GoldenHessianVectorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int, int> Runs()
    {
        var runs = new TheoryData<int, int, int>();
        for (int index = 0; index < Cases().Count; index++)
            foreach ((int stages, int microBatches) in new[] { (1, 1), (2, 2) }) runs.Add(index, stages, microBatches);
        return runs;
    }

    // float32 carries 6e-8 through some twenty operations; float64 and the reference carry 1e-16.
    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Products_agree_with_the_reference(int index, int stages, int microBatches)
    {
        JsonElement golden = Cases()[index], expected = golden.GetProperty("hvp");
        string[] order = [.. expected.GetProperty("order").EnumerateArray().Select(name => name.GetString()!)];
        foreach ((ElementType type, double tolerance) in new[] { (ElementType.Float32, 5e-6), (ElementType.Float64, 1e-12) })
        {
            await using Pipeline pipeline = await BuildAsync(golden, stages, microBatches, type);
            await pipeline.WriteParametersAsync([.. order.Select(name => Values(name, golden.GetProperty(name)))], Token);
            double[,] x = golden.GetProperty("x").Matrix();
            var minibatch = new Minibatch(Floats(x), Floats(golden.GetProperty("y").Targets()), x.GetLength(0));
            ParameterValues[] v = [.. order.Select((name, p) => Values(name, expected.GetProperty("v")[p]))];
            HessianVectorResult result = await pipeline.HessianVectorProductAsync(minibatch, v, Token);
            for (int p = 0; p < order.Length; p++)
            {
                double[] actual = result.Product.Single(values => values.Name == v[p].Name).Values;
                // Inputs and targets of a minibatch are float32: what rounding them changes is 1e-7 of the product.
                Close.InNorm(expected.GetProperty("Hv")[p].Flat(), actual, Math.Max(tolerance, IsExact(x) ? 0 : 5e-7), $"{type} {order[p]}", floor: 1e-2);
            }
        }
    }

    private static IReadOnlyList<JsonElement> Cases() => Fixture.Read("one_hidden_layer.json", "cases");

    private static Task<Pipeline> BuildAsync(JsonElement golden, int stages, int microBatches, ElementType type)
    {
        double[,] w1 = golden.GetProperty("w1").Matrix(), w2 = golden.GetProperty("w2").Matrix();
        bool bias = golden.GetProperty("bias").GetBoolean();
        return new PipelineBuilder(w1.GetLength(1))
            .Dense(w1.GetLength(0), ActivationNames.Parse(golden.GetProperty("activation").GetString()!), bias).Dense(w2.GetLength(0), bias: bias)
            .Loss(LossRegistry.Create(golden.GetProperty("loss").GetString()!)).WeightDecay(golden.GetProperty("weightDecay").GetDouble())
            .Stages(stages).MicroBatches(microBatches).With(options => options with { ElementType = type }).BuildAsync(Token);
    }

    private static ParameterValues Values(string name, JsonElement values)
    {
        int layer = name[^1] - '1';
        Shape shape = values[0].ValueKind == JsonValueKind.Array ? Shape.Matrix(values.GetArrayLength(), values[0].GetArrayLength()) : Shape.Vector(values.GetArrayLength());
        return new ParameterValues($"layers.{layer}.{(name[0] == 'w' ? "weight" : "bias")}", shape, values.Flat());
    }

    private static float[] Floats(double[,] values) => [.. values.Cast<double>().Select(value => (float)value)];

    private static bool IsExact(double[,] values) => values.Cast<double>().All(value => (double)(float)value == value);
}
