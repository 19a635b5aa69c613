using System.Text.Json;
using PipelineBackprop.Cli.Output;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

/// <summary>train with a comparison: one run a value, and what is said of all of them.</summary>
public sealed class TrainCompareTests : TemporaryFolder
{
    [Fact]
    public async Task Train_Compare_OneRunAValueAndATable()
    {
        CliRun run = await CliRun.OfAsync(
            "train", LinearFile, "--runs", Runs, "--set", """compare={"setting":"optimizer.weightDecay.lambda","values":[0,3]}""");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Contains("optimizer.weightDecay.lambda", run.Output, StringComparison.Ordinal);
        foreach (string value in (ReadOnlySpan<string>)["lambda=0", "lambda=3"])
            Assert.True(File.Exists(At("runs", "linear", value, "summary.json")), value);
    }

    [Fact]
    public async Task Train_Compare_SaysWhatIsBestOnNewDataAndThatItsWeightsAreSmaller()
    {
        CliRun run = await CliRun.OfAsync("train", ConfigFile("weight-decay.json"), "--runs", Runs);
        JsonElement[] summaries = [.. (await Task.WhenAll(new[] { "lambda=0", "lambda=3" }.Select(SummaryAsync)))];
        double[] norms = [.. summaries.Select(summary => summary.GetProperty("weightNorm").GetDouble())];

        Assert.Matches("lambda = 0 fits the training data best .*, but lambda = 3 is best on new data", run.Output);
        Assert.Contains("Its weights are smaller (‖W‖ ", run.Output, StringComparison.Ordinal);
        // s = λ/2 ‖W‖²
        Assert.Equal(summaries[1].GetProperty("regularization").GetDouble(), 3.0 / 2 * norms[1] * norms[1], 1e-9);
        Assert.True(norms[0] > norms[1]);

        async Task<JsonElement> SummaryAsync(string value) =>
            JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(At("runs", "weight-decay", value, "summary.json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Train_CompareOfClasses_TabulatesTheNumbersOfEachRun()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", """compare={"setting":"training.epochs","values":[1,8]}""");

        foreach (string value in (string[])["1", "8"])
        {
            JsonElement summary = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(At("runs", "small", $"epochs={value}", "summary.json"), TestContext.Current.CancellationToken));
            string[] numbers = [.. new[] { "trainLoss", "regularization", "objective", "weightNorm", "testLoss" }.Select(key => Numbers.Loss(summary.GetProperty(key).GetDouble()))];
            string[] cells = run.Lines.Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).First(line => line is [var first, ..] && first == value);
            Assert.Equal([value, .. numbers, Numbers.Percent(summary.GetProperty("testAccuracy").GetDouble())], cells);
        }
        Assert.Contains("epochs = 8 is best on the training data and on new data.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_CompareJson_HoldsValueAndNumbersOfEveryRun()
    {
        CliRun run = await CliRun.OfAsync("train", LinearFile, "--runs", Runs, "--json", "--set", """compare={"setting":"optimizer.weightDecay.lambda","values":[0,3]}""");

        JsonElement[] summaries = [.. run.Json.Where(line => line.GetProperty("event").GetString() == "summary")], runs = [.. run.Json[^1].GetProperty("runs").EnumerateArray()];
        Assert.Equal(("comparison", "optimizer.weightDecay.lambda"), (run.Json[^1].GetProperty("event").GetString(), run.Json[^1].GetProperty("setting").GetString()));
        Assert.Equal([0, 3], runs.Select(each => each.GetProperty("value").GetInt32()));
        foreach (string key in (string[])["trainLoss", "testLoss", "objective", "weightNorm"])
            Assert.Equal(summaries.Select(each => each.GetProperty(key).GetDouble()), runs.Select(each => each.GetProperty(key).GetDouble()));
    }

    [Fact]
    public async Task Train_CompareWithInit_StartsEveryRunFromTheGivenWeights()
    {
        await CliRun.OfAsync("train", LinearFile, "--runs", Runs, "--name", "first");
        string weights = Directory.GetFiles(At("runs", "first", "checkpoints"), "model.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();

        CliRun run = await CliRun.OfAsync("train", LinearFile, "--runs", Runs, "--json", "--init", weights, "--set", "training.shuffle=false", "--set", """compare={"setting":"seed","values":[1,2]}""");

        double[] losses = [.. run.Json.Where(line => line.GetProperty("event").GetString() == "step" && line.GetProperty("step").GetInt32() == 1).Select(line => line.GetProperty("loss").GetDouble())];
        Assert.Equal(2, losses.Length);
        Assert.Equal(losses[0], losses[1]);
    }

    [Fact]
    public async Task Train_CompareInterrupted_DoesNotPromiseToResume()
    {
        using var interruption = new Interruption();
        using var output = new RequestingWriter(interruption, "\"event\":\"step\",\"step\":5,");

        CliRun run = await CliRun.WithAsync(interruption, output, "", null, "train", ConfigFile("weight-decay.json"), "--runs", Runs, "--json");

        Assert.Equal((ExitCode.Interrupted, "Interrupted after step 5; the checkpoint is saved, a comparison is not resumed, train begins it anew.\n"), (run.Code, run.Error));
    }
}
