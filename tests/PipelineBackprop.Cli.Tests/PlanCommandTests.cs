using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PipelineBackprop.Cli.Runs;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class PlanCommandTests : TemporaryFolder
{
    [Fact]
    public async Task Plan_Json_IsTheMemoryThatTrainingThenMeasures()
    {
        CliRun plan = await CliRun.OfAsync("plan", RunFile, "--json");
        CliRun train = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--json");

        Assert.Equal((ExitCode.Done, "", ExitCode.Done), (plan.Code, plan.Error, train.Code));
        JsonElement training = Assert.Single(plan.Json, line => line.GetProperty("use").GetString() == "training");
        JsonElement inference = Assert.Single(plan.Json, line => line.GetProperty("use").GetString() == "inference");
        JsonElement summary = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(At("runs", "small", "summary.json"), TestContext.Current.CancellationToken));
        Assert.Equal(string.Concat(summary.GetProperty("peakMemory").GetRawText().Where(letter => !char.IsWhiteSpace(letter))), training.GetProperty("together").GetRawText());
        Assert.Equal(2, training.GetProperty("stages").GetArrayLength());
        Assert.Equal(0, inference.GetProperty("together").GetProperty("gradients").GetInt64());
        Assert.True(inference.GetProperty("together").GetProperty("total").GetInt64() < training.GetProperty("together").GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task Plan_Person_ReadsTablesByStage()
    {
        CliRun run = await CliRun.OfAsync("plan", RunFile, "--profile");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        foreach (string expected in new[] { "training, 32 examples in 2 micro-batches, 1f1b", "inference, 32 examples", "stage 1", "together", "stash of activations", "measured on cpu, 16 rows", "0 dense 784→16 relu", "A step takes " })
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_Memory_ChoosesAPlanWithinIt()
    {
        CliRun run = await CliRun.OfAsync("plan", RunFile, "--memory", "900KB", "--json");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        JsonElement chosen = Assert.Single(run.Json, line => line.GetProperty("plan").GetString() == "chosen");
        Assert.All(chosen.GetProperty("stageBytes").EnumerateArray(), bytes => Assert.InRange(bytes.GetInt64(), 1, 900_000));
    }

    // What counts is the run with its evaluations, not the planner's formula for a step.
    [Fact]
    public async Task Plan_AnyBudgetThatSomethingFits_IsKeptByTheWholeRun()
    {
        int kept = 0;
        for (int kilobytes = 600; kilobytes <= 900; kilobytes += 30)
        {
            CliRun run = await CliRun.OfAsync("plan", RunFile, "--memory", $"{kilobytes}KB", "--json");
            if (run.Code == ExitCode.BadInput) continue;
            JsonElement memory = Assert.Single(run.Json, line => line.TryGetProperty("use", out JsonElement use) && use.GetString() == "training");
            Assert.All(memory.GetProperty("stages").EnumerateArray(), stage => Assert.InRange(stage.GetProperty("total").GetInt64(), 1, kilobytes * 1000));
            kept++;
        }
        Assert.InRange(kept, 1, 10);
    }

    [Fact]
    public async Task Plan_MemoryThatNothingFits_SaysWhatIsLeast()
    {
        CliRun run = await CliRun.OfAsync("plan", RunFile, "--memory", "10KB");

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.StartsWith("No plan keeps every stage within 9.77 KiB; the least is ", run.Error, StringComparison.Ordinal);
        double least = double.Parse(Regex.Match(run.Error, "the least is ([0-9.]+) KiB").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Equal(ExitCode.Done, (await CliRun.OfAsync("plan", RunFile, "--memory", string.Create(CultureInfo.InvariantCulture, $"{least + 0.01}KiB"))).Code);
        Assert.Equal(ExitCode.BadInput, (await CliRun.OfAsync("plan", RunFile, "--memory", string.Create(CultureInfo.InvariantCulture, $"{least - 0.01}KiB"))).Code);
    }

    [Fact]
    public async Task Plan_Compare_SetsDevicesAgainstSmallerMinibatchesAndDrawsIt()
    {
        CliRun run = await CliRun.OfAsync("plan", RunFile, "--compare", "--devices", "9", "--json", "--out", At("c.png"));

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Equal([1, 2], run.Json.Where(line => line.GetProperty("plan").GetString() == "split").Select(line => line.GetProperty("devices").GetInt32()));
        JsonElement[] smaller = [.. run.Json.Where(line => line.GetProperty("plan").GetString() == "smaller")];
        Assert.Equal([(32, 7), (16, 13), (8, 25), (4, 50), (2, 100)], smaller.Select(line => (line.GetProperty("batchSize").GetInt32(), line.GetProperty("updatesPerEpoch").GetInt32())));
        Assert.True(new FileInfo(At("c.png")).Length > 10_000);
    }

    [Fact]
    public async Task Plan_CompareWithoutDevices_GoesUpToFour()
    {
        string layers = string.Join(',', Enumerable.Repeat("""{"kind":"dense","outputs":1}""", 5));

        CliRun run = await CliRun.OfAsync("plan", LinearFile, "--compare", "--json", "--out", At("c.svg"), "--set", $"model.layers=[{layers}]");

        Assert.Equal([1, 2, 3, 4], run.Json.Where(line => line.GetProperty("plan").GetString() == "split").Select(line => line.GetProperty("devices").GetInt32()));
        JsonElement split = run.Json[0];
        // 8 examples in minibatches of 4.
        Assert.Equal(2 * split.GetProperty("stepSeconds").GetDouble(), split.GetProperty("epochSeconds").GetDouble());
        Assert.Equal(split.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("bytes").GetInt64()), split.GetProperty("stageBytes").EnumerateArray().Select(bytes => bytes.GetInt64()));
        Assert.Contains("<svg ", await File.ReadAllTextAsync(At("c.svg"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_TableOfMemory_HoldsTheNumbersOfTheJson()
    {
        // Adam's state is twice the gradients.
        string[] adam = ["--set", "optimizer={\"kind\":\"adam\"}"];
        CliRun table = await CliRun.OfAsync(["plan", RunFile, .. adam]), json = await CliRun.OfAsync(["plan", RunFile, .. adam, "--json"]);

        JsonElement training = json.Json.Single(line => line.GetProperty("use").GetString() == "training");
        JsonElement[] columns = [.. training.GetProperty("stages").EnumerateArray(), training.GetProperty("together")];
        foreach ((string row, string key) in new[]
        {
            ("parameters", "parameters"), ("gradients", "gradients"), ("optimizer state", "optimizerState"), ("stash of activations", "stash"), ("workspace", "workspace"),
            ("transfer between stages", "transfer"), ("scratch of the devices", "scratch"), ("all together", "total"),
        })
        {
            string[] cells = table.Lines.Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).First(line => line is [var first, ..] && first == row);
            Assert.Equal([row, .. columns.Select(column => PipelineBackprop.Cli.Output.Numbers.Bytes(column.GetProperty(key).GetInt64()))], cells);
        }
    }

    [Theory]
    [InlineData]
    [InlineData("pipeline.boundaries=[1]", "pipeline.recomputation=always")]
    [InlineData("pipeline.stages=1", "pipeline.schedule=zb-v", "pipeline.chunks=2")]
    public async Task Plan_Memory_PrintsSettingsThatFitWhateverTheRunFileSays(params string[] given)
    {
        string[] common = ["plan", RunFile, .. given.SelectMany(setting => new[] { "--set", setting })];
        CliRun run = await CliRun.OfAsync([.. common, "--memory", "620KB"]);
        string[] settings = [.. run.Lines.Single(line => line.StartsWith("--set ", StringComparison.Ordinal)).Split(' ').Where(word => word != "--set")];

        CliRun plan = await CliRun.OfAsync([.. common, "--json", .. settings.SelectMany(setting => new[] { "--set", setting })]);

        Assert.Equal((ExitCode.Done, ""), (plan.Code, plan.Error));
        JsonElement training = plan.Json.Single(line => line.GetProperty("use").GetString() == "training");
        long most = training.GetProperty("stages").EnumerateArray().Max(stage => stage.GetProperty("total").GetInt64());
        Assert.Contains($"at most {PipelineBackprop.Cli.Output.Numbers.Bytes(most)} a ", run.Output, StringComparison.Ordinal);
        Assert.InRange(most, 1, 620_000);
    }

    [Fact]
    public async Task Plan_AutomaticStages_SaysWhatIsChosen()
    {
        CliRun run = await CliRun.OfAsync("plan", LinearFile, "--set", "pipeline.stages=auto", "--json");

        Assert.Equal((ExitCode.Done, "chosen"), (run.Code, run.Json[0].GetProperty("plan").GetString()));
    }

    [Fact]
    public async Task Plan_ProfileOfUnevenMicroBatches_MeasuresTheLargestAndPredictsAStep()
    {
        CliRun run = await CliRun.OfAsync("plan", LinearFile, "--profile", "--json", "--set", "pipeline.microBatches=3");

        JsonElement layer = Assert.Single(run.Json, line => line.GetProperty("plan").GetString() == "layer"), step = Assert.Single(run.Json, line => line.GetProperty("plan").GetString() == "step");
        // 4 examples in 3 micro-batches.
        Assert.Equal((2, 3), (layer.GetProperty("rows").GetInt32(), step.GetProperty("microBatches").GetInt32()));
        Assert.True(step.GetProperty("stepSeconds").GetDouble() > 0);
    }

    [Fact]
    public async Task Train_AutomaticStages_WritesTheChosenPlanIntoTheRunAndResumesWithIt()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", "pipeline.stages=auto", "--set", "training.epochs=1");
        string config = await File.ReadAllTextAsync(At("runs", "small", "config.json"), TestContext.Current.CancellationToken);
        CliRun resumed = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", "pipeline.stages=auto", "--resume");

        Assert.Equal((ExitCode.Done, ExitCode.Done, ""), (run.Code, resumed.Code, resumed.Error));
        Assert.Contains("Chosen by measuring: ", run.Output, StringComparison.Ordinal);
        using JsonDocument written = JsonDocument.Parse(config, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        Assert.Equal(JsonValueKind.Number, written.RootElement.GetProperty("pipeline").GetProperty("stages").ValueKind);
        Assert.DoesNotContain("Chosen by measuring: ", resumed.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--memory lots", "--memory is lots, but must be a size above 0 such as 512MB, 1.5GiB or 4096.")]
    [InlineData("--memory 0MB", "--memory is 0MB, but must be a size above 0 such as 512MB, 1.5GiB or 4096.")]
    [InlineData("--memory -5", "--memory is -5, but must be a size above 0 such as 512MB, 1.5GiB or 4096.")]
    [InlineData("--compare --devices 0", "--devices is 0, but must be at least 1.")]
    [InlineData("--devices 2", "--devices belongs to the comparison; give --compare too.")]
    [InlineData("--out x.png", "--out draws the comparison; give --compare too.")]
    [InlineData("--memory 8MB --compare", "--memory looks for one plan and has no part in the comparison; leave out --memory or --compare.")]
    [InlineData("--compare --out x.gif", "--out is x.gif, but its name must end in .png or .svg.")]
    public async Task Plan_BadOption_OneSentence(string options, string sentence)
    {
        CliRun run = await CliRun.OfAsync(["plan", RunFile, .. options.Split(' ')]);

        Assert.Equal(new CliRun(ExitCode.BadInput, "", sentence + "\n"), run);
    }

    [Theory]
    [InlineData("512MB", 512_000_000)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("4096", 4096)]
    [InlineData("2 kib", 2048)]
    [InlineData("7b", 7)]
    [InlineData("0.5 TB", 500_000_000_000)]
    [InlineData("2TiB", 2_199_023_255_552)]
    [InlineData("3gb", 3_000_000_000)]
    public void ByteSize_Sizes_AreRead(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse("--memory", text));
}
