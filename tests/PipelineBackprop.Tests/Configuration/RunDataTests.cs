using PipelineBackprop.Configuration;
using PipelineBackprop.Tests.Data;
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
    public void Load_Linear_IsOfTheSeedAsked()
    {
        static float[] Inputs(int seed) => Load($$"""data={"kind":"linear","inputs":3,"trainCount":4,"testCount":5,"seed":{{seed}}}""").Train.Inputs.ToArray();

        Assert.NotEqual(Inputs(1), Inputs(2));
    }

    [Fact]
    public void Load_Idx_TakesTheCountsAsked() => InFolder(folder =>
    {
        foreach ((string part, byte count) in new (string, byte)[] { ("train", 5), ("t10k", 4) })
        {
            File.WriteAllBytes(Path.Combine(folder, $"{part}-images-idx3-ubyte"), IdxBytes.Images(count, 1, 1, i => (byte)(i * 51)));
            File.WriteAllBytes(Path.Combine(folder, $"{part}-labels-idx1-ubyte"), IdxBytes.Labels([.. Enumerable.Range(0, count).Select(i => (byte)i)]));
        }

        RunData data = Load($$"""data={"kind":"idx","directory":{{System.Text.Json.JsonSerializer.Serialize(folder)}},"trainCount":3,"testCount":2}""");

        Assert.Equal([0, 1, 2], data.Train.Targets.ToArray());
        Assert.Equal([2, 3], data.Test.Targets.ToArray());
    });

    [Fact]
    public void Load_Csv_DrawsTheRowsToTestBySeed() => InFolder(folder =>
    {
        string path = Path.Combine(folder, "a.csv");
        File.WriteAllText(path, "x,y\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"{i},{i % 2}\n")));
        float[] Test(int seed) => Load($"seed={seed}", $$"""data={"kind":"csv","file":{{System.Text.Json.JsonSerializer.Serialize(path)}},"standardise":false}""").Test.Inputs.ToArray();

        Assert.Equal(10, Test(1).Length);
        Assert.NotEqual(Test(1), Test(2));
    });

    [Fact]
    public void Load_Csv_PassesEverySettingOn() => InFolder(folder =>
    {
        string path = Path.Combine(folder, "a.csv");
        File.WriteAllText(path, "1;7;9;2.5\n2;8;9;3.5\n3;7;9;4.5\n4;8;9;5.5\n");
        string file = System.Text.Json.JsonSerializer.Serialize(path);

        RunData data = Load($$"""data={"kind":"csv","file":{{file}},"header":false,"delimiter":";","label":-1,"task":"regression","oneHot":[1],"ignore":[2],"standardise":false,"testFraction":0.5,"shuffleSplit":false}""");

        Assert.Equal([1, 1, 0, 2, 0, 1], data.Train.Inputs.ToArray());
        Assert.Equal([2.5f, 3.5f], data.Train.Targets.ToArray());
        Assert.Equal([3, 1, 0, 4, 0, 1], data.Test.Inputs.ToArray());
        Assert.NotNull(data.Encoding);
    });

    private static void InFolder(Action<string> use)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            use(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static RunData Load(params string[] assignments) => RunData.Load(RunFile.Parse(Text, "x.json", assignments), TestContext.Current.CancellationToken);
}
