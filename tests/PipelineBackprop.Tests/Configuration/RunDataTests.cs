using PipelineBackprop.Configuration;
using Xunit;

namespace PipelineBackprop.Tests.Configuration;

public sealed class RunDataTests
{
    private const string Text = """{ "data": { "kind": "digits" }, "model": { "layers": [{ "kind": "dense", "outputs": 1 }], "loss": "huber" } }""";

    [Fact]
    public void Load_Digits_HasTheCountsAsked()
    {
        RunData data = Load("data.trainCount=30", "data.testCount=20", "data.seed=5");

        Assert.Equal((30, 20, 784, 10), (data.Train.Count, data.Test.Count, data.Train.InputWidth, data.Train.ClassCount));
        Assert.Equal(new DataDescription(data.Train.Name, 784, 1, 10, data.Train.ClassNames, 28, 28), data.Description);
        Assert.False(data.Train.Inputs.Span.SequenceEqual(Load("data.trainCount=30", "data.testCount=20").Train.Inputs.Span));
    }

    [Fact]
    public void Load_Linear_HasTheShapeAsked()
    {
        RunData data = Load("""data={"kind":"linear","inputs":3,"trainCount":4,"testCount":5}""");

        Assert.Equal((4, 5, 3, 0), (data.Train.Count, data.Test.Count, data.Train.InputWidth, data.Train.ClassCount));
    }

    [Fact]
    public void Load_Csv_PassesEverySettingOn()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            string path = Path.Combine(folder.FullName, "a.csv");
            File.WriteAllText(path, "1;x;9;2.5\n2;y;9;3.5\n3;x;9;4.5\n4;y;9;5.5\n");
            string file = System.Text.Json.JsonSerializer.Serialize(path);

            RunData data = Load($$"""data={"kind":"csv","file":{{file}},"header":false,"delimiter":";","label":-1,"task":"regression","oneHot":[1],"ignore":[2],"standardise":false,"testFraction":0.25,"shuffleSplit":false}""");

            Assert.Equal([1, 1, 0, 2, 0, 1, 3, 1, 0], data.Train.Inputs.ToArray());
            Assert.Equal([2.5f, 3.5f, 4.5f], data.Train.Targets.ToArray());
            Assert.Equal([4, 0, 1], data.Test.Inputs.ToArray());
            Assert.NotNull(data.Encoding);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static RunData Load(params string[] assignments) => RunData.Load(RunFile.Parse(Text, "x.json", assignments), TestContext.Current.CancellationToken);
}
