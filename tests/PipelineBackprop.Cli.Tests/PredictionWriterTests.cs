using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Configuration;
using PipelineBackprop.Losses;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class PredictionWriterTests
{
    [Fact]
    public void Write_Classes_NamesTheMostProbableWithItsProbability()
    {
        var data = new DataDescription("animals", InputWidth: 1, TargetWidth: 1, ClassCount: 2, ["cat", "dog"]);

        Assert.Equal("class\tprobability\tp(cat)\tp(dog)\ndog\t0.7500\t0.2500\t0.7500\n", Written(data, new SoftmaxCrossEntropyLoss(), false, [0, MathF.Log(3)]));
    }

    [Fact]
    public void Write_Probabilities_AreTheSigmoidOfTheOutputs()
    {
        var data = new DataDescription("tags", InputWidth: 1, TargetWidth: 2, ClassCount: 0);

        string[] text = Written(data, new BinaryCrossEntropyLoss(), false, [0, MathF.Log(3)]).Split('\n');
        JsonElement json = JsonSerializer.Deserialize<JsonElement>(Written(data, new BinaryCrossEntropyLoss(), true, [0, MathF.Log(3)]));

        Assert.Equal("probability 0\tprobability 1", text[0]);
        Assert.Equal([0.5, 0.75], text[1].Split('\t').Select(value => Math.Round(double.Parse(value, CultureInfo.InvariantCulture), 6)));
        Assert.Equal([0.5, 0.75], json.GetProperty("probabilities").EnumerateArray().Select(value => Math.Round(value.GetDouble(), 6)));
    }

    private static string Written(DataDescription data, Loss loss, bool json, float[] outputs)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var writer = new PredictionWriter(output, data, loss, json);
        writer.WriteHead(outputs.Length);
        writer.Write(0, outputs);
        return output.ToString();
    }
}
