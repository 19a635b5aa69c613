using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using PipelineBackprop.Cli.Runs;
using SkiaSharp;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class TrainCommandTests : TemporaryFolder
{
    private const int StepsPerEpoch = 7, Steps = 14; // 200 examples, 32 a minibatch, 2 epochs

    [Fact]
    public async Task Train_SmallRun_WritesTheRunFolder()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Equal(
            [".lock", "checkpoints", "config.json", "data.json", "loss-curve.png", "metrics.jsonl", "summary.json"],
            Directory.GetFileSystemEntries(At("runs", "small")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("small", PipelineBackprop.Configuration.RunFile.Load(At("runs", "small", "config.json")).Name);
        string[] metrics = await File.ReadAllLinesAsync(At("runs", "small", "metrics.jsonl"), TestContext.Current.CancellationToken);
        Assert.Equal(Steps + 2, metrics.Length);
        using SKBitmap curve = SKBitmap.Decode(At("runs", "small", "loss-curve.png"));
        Assert.True(curve.Width > 400 && curve.Pixels.Distinct().Count() > 10);
        Assert.Contains("test accuracy", run.Output, StringComparison.Ordinal);
        Assert.Contains("stash of activations", run.Output, StringComparison.Ordinal);
        Assert.EndsWith($"Run folder: {At("runs", "small")}\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_Summary_HasTheKeysAndTheyAgree()
    {
        long started = Stopwatch.GetTimestamp();
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", "optimizer.weightDecay.lambda=0.01");
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        JsonElement summary = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(At("runs", "small", "summary.json"), TestContext.Current.CancellationToken));
        foreach (string key in (ReadOnlySpan<string>)["testAccuracy", "trainLoss", "testLoss", "objective", "examplesPerSecond", "seconds", "peakBytes", "regularization"])
            Assert.True(summary.GetProperty(key).GetDouble() > 0, key);
        Assert.Equal(
            summary.GetProperty("trainLoss").GetDouble() + summary.GetProperty("regularization").GetDouble(), summary.GetProperty("objective").GetDouble(), 1e-12);
        Assert.Equal(Steps, summary.GetProperty("steps").GetInt64());
        Assert.Equal(784 * 16 + 16 + 16 * 10 + 10, summary.GetProperty("parameters").GetInt64());
        Assert.InRange(summary.GetProperty("seconds").GetDouble(), 0, seconds);
        Assert.Equal(summary.GetProperty("peakMemory").GetProperty("total").GetInt64(), summary.GetProperty("peakBytes").GetInt64());
        Assert.Equal(summary.GetProperty("predictedMemory").GetProperty("total").GetInt64(), summary.GetProperty("predictedPeakBytes").GetInt64());
        Assert.Equal("step-00000014", Path.GetFileName(summary.GetProperty("checkpoint").GetString()));
    }

    [Fact]
    public async Task Train_WithLossScaling_CountsTheStepsThatItSkipped()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", "pipeline.lossScaling=true");
        JsonElement summary = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(At("runs", "small", "summary.json"), TestContext.Current.CancellationToken));
        Assert.Equal(0, summary.GetProperty("skippedSteps").GetInt64());
        Assert.Matches("skipped +0 +steps that overflowed", run.Output);
    }

    [Fact]
    public async Task Train_Json_EveryLineIsAnObjectAndTheLastTheSummary()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--json");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        string?[] events = [.. run.Json.Select(line => line.GetProperty("event").GetString())];
        Assert.Equal(("started", "summary"), (events[0], events[^1]));
        Assert.Equal(Steps, events.Count(name => name == "step"));
        Assert.Equal(2, events.Count(name => name == "evaluation"));
        Assert.Equal(2, events.Count(name => name == "checkpoint"));
        Assert.True(run.Json[^1].GetProperty("testAccuracy").GetDouble() is > 0.1 and <= 1);
    }

    [Fact]
    public async Task Train_JsonOfAResumedRun_HoldsTheNumbersOfPlanStepsAndEvaluations()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", "training.epochs=1");

        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--resume", "--json");

        JsonElement[] Events(string name) => [.. run.Json.Where(line => line.GetProperty("event").GetString() == name)];
        JsonElement plan = Assert.Single(Events("started")), evaluation = Assert.Single(Events("evaluation")), summary = run.Json[^1];
        Assert.Equal((7, 14, 7), (plan.GetProperty("firstStep").GetInt32(), plan.GetProperty("totalSteps").GetInt32(), plan.GetProperty("stepsPerEpoch").GetInt32()));
        Assert.Equal([32, 32, 32, 32, 32, 32, 8], Events("step").Select(step => step.GetProperty("examples").GetInt32()));
        Assert.All(Events("step"), step => Assert.NotEqual(step.GetProperty("loss").GetDouble(), step.GetProperty("gradientNorm").GetDouble()));
        double seconds = Events("step").Sum(step => step.GetProperty("milliseconds").GetDouble()) / 1000;
        Assert.Equal(200, summary.GetProperty("examplesPerSecond").GetDouble() * seconds, 1e-3);
        Assert.Equal(summary.GetProperty("testLoss").GetDouble(), evaluation.GetProperty("testLoss").GetDouble());
        Assert.NotEqual(evaluation.GetProperty("testLoss").GetDouble(), evaluation.GetProperty("trainLoss").GetDouble());
    }

    [Fact]
    public async Task Train_ResumedForAPerson_SaysWhereItGoesOnAndWhatTheTestDataGives()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", "training.epochs=1");

        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--resume");

        JsonElement summary = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(At("runs", "small", "summary.json"), TestContext.Current.CancellationToken));
        string Of(string key) => PipelineBackprop.Cli.Output.Numbers.Loss(summary.GetProperty(key).GetDouble());
        Assert.Contains("200 examples to train, 50 to test  14 steps, continued after step 7\n", run.Output, StringComparison.Ordinal);
        Assert.Matches($"epoch  2 step 14  L .* test L {Regex.Escape(Of("testLoss"))} .* test accuracy ", run.Output);
        Assert.Matches($"J +{Regex.Escape(Of("objective"))} +objective", run.Output);
    }

    [Theory]
    [InlineData(1, "step-00000014")]
    [InlineData(3, "step-00000005", "step-00000010", "step-00000014")]
    public async Task Train_KeepCheckpoints_LeavesSoMany(int kept, params string[] names)
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", $"training.keepCheckpoints={kept}", "--set", "training.checkpointEverySteps=5", "--set", "training.checkpointEveryEpochs=null");

        Assert.Equal(names, Directory.GetDirectories(At("runs", "small", "checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Train_Asynchronous_SaysHowOldItsWeightsAre()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", "pipeline.schedule=pipedream-2bw");

        Assert.Contains("asynchronous: weights 1 step old", run.Output, StringComparison.Ordinal);
        Assert.Matches("staleness +1 step +age of the weights", run.Output);
    }

    [Fact]
    public async Task Train_NameTaken_NextNameIsPrinted()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "x");

        CliRun second = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "x");

        Assert.Contains($"{Path.Combine(Runs, "x")} exists already; this run is called x-2.", second.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(At("runs", "x-2", "summary.json")));
    }

    [Fact]
    public async Task Train_SameSeedDifferentSplit_SameParameters()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "a");
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "b", "--set", "pipeline.stages=1", "--set", "pipeline.schedule=gpipe");
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "c", "--set", "seed=2");

        Assert.Equal(await ModelAsync("a"), await ModelAsync("b"));
        Assert.NotEqual(await ModelAsync("a"), await ModelAsync("c"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(StepsPerEpoch)]
    [InlineData(Steps - 1)]
    public async Task Train_InterruptedAndResumed_EqualsTheRunNeverInterrupted(int stopAt)
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "whole");
        using var interruption = new Interruption();
        using var output = new RequestingWriter(interruption, $"\"event\":\"step\",\"step\":{stopAt},");

        CliRun interrupted = await CliRun.WithAsync(interruption, output, "", null, "train", RunFile, "--runs", Runs, "--name", "parts", "--json");
        CliRun resumed = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "parts", "--resume");

        Assert.Equal(ExitCode.Interrupted, interrupted.Code);
        Assert.Equal($"Interrupted after step {stopAt}; the checkpoint is saved, --name parts --resume continues the run.\n", interrupted.Error);
        Assert.Equal("interrupted", interrupted.Json[^1].GetProperty("end").GetString());
        Assert.Equal((ExitCode.Done, ""), (resumed.Code, resumed.Error));
        Assert.DoesNotContain("other settings", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(await ModelAsync("whole"), await ModelAsync("parts"));
        Assert.Equal(await MetricsAsync("whole"), await MetricsAsync("parts"));
    }

    [Fact]
    public async Task Train_ResumedWithoutASettingItHad_SaysWhichAreOthers()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", "optimizer.learningRate=0.05", "--set", "training.epochs=1");

        CliRun resumed = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--resume");
        CliRun same = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--resume", "--set", "training.epochs=3", "--set", "pipeline.microBatches=2");

        Assert.Equal("The run goes on with other settings: optimizer.learningRate is 0.1, not 0.05; training.epochs is 2, not 1.", resumed.Lines[0]);
        Assert.Equal("The run goes on with other settings: training.epochs is 3, not 2.", same.Lines[0]);
    }

    [Theory]
    [InlineData("has taken 14 steps already, so nothing is left to train; training.epochs would have to be raised.")]
    [InlineData("has taken 14 steps already, so nothing is left to train; training.steps would have to be raised.", "training.steps=14")]
    [InlineData("has taken 14 steps already, more than the 7 steps asked for, so nothing is left to train; training.epochs would have to be raised.", "training.epochs=1", "pipeline.stages=1")]
    public async Task Train_ResumedWithNothingLeft_SaysSoAndWritesNothing(string sentence, params string[] settings)
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        string[] before = Contents();

        CliRun run = await CliRun.OfAsync(["train", RunFile, "--runs", Runs, "--resume", .. settings.SelectMany(setting => new[] { "--set", setting })]);

        Assert.Equal(new CliRun(ExitCode.Done, $"The run {At("runs", "small")} {sentence}\n", ""), run);
        Assert.Equal(before, Contents());

        string[] Contents() => [.. Directory.GetFiles(Runs, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => $"{file} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}")];
    }

    [Fact]
    public async Task Train_ResumedAfterItStoppedEarly_SaysSoAndWritesNothing()
    {
        // No evaluation is better than the first by so much, and patience is one.
        string[] settings = ["--set", "training.epochs=20", "--set", "training.earlyStopping.patience=1", "--set", "training.earlyStopping.minimumDelta=1000"];
        CliRun first = await CliRun.OfAsync(["train", RunFile, "--runs", Runs, .. settings]);
        Assert.Contains("stopped early", first.Output, StringComparison.Ordinal);
        string summary = await File.ReadAllTextAsync(At("runs", "small", "summary.json"), TestContext.Current.CancellationToken);

        CliRun run = await CliRun.OfAsync(["train", RunFile, "--runs", Runs, "--resume", .. settings]);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Matches($"^The run {Regex.Escape(At("runs", "small"))} has taken [0-9]+ steps and stopped early, so nothing is left to train; training.earlyStopping.patience would have to be raised.\n$", run.Output);
        Assert.Equal(summary, await File.ReadAllTextAsync(At("runs", "small", "summary.json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Train_Json_SaysWhichEvaluationIsTheBest()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--json", "--set", "training.earlyStopping.patience=5", "--set", "training.earlyStopping.minimumDelta=1000");

        Assert.Equal([true, false], run.Json.Where(line => line.GetProperty("event").GetString() == "evaluation").Select(line => line.GetProperty("isBest").GetBoolean()));
    }

    [Fact]
    public async Task Train_ResumedAfterTheLastStepWithoutASummary_WritesIt()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        File.Delete(At("runs", "small", "summary.json"));

        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--resume");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.True(File.Exists(At("runs", "small", "summary.json")));
    }

    [Fact]
    public async Task Train_OneEpochOfOneStep_IsSaidInTheSingular()
    {
        CliRun run = await CliRun.OfAsync("train", LinearFile, "--runs", Runs, "--set", "training.batchSize=8");

        Assert.Contains("1 step, 1 epoch", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_InterruptedTwice_StopsAtOnce()
    {
        using var interruption = new Interruption();
        using var output = new RequestingWriter(interruption, "\"event\":\"step\",\"step\":3,", requests: 2);

        CliRun run = await CliRun.WithAsync(interruption, output, "", null, "train", RunFile, "--runs", Runs, "--json", "--set", "training.epochs=1000");

        Assert.Equal((ExitCode.Interrupted, "Interrupted.\n"), (run.Code, run.Error));
    }

    [Fact]
    public async Task Train_Init_StartsFromTheGivenWeights()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "first");
        string weights = Assert.Single(Directory.GetFiles(At("runs", "first", "checkpoints"), "model.safetensors", SearchOption.AllDirectories).Order().TakeLast(1));

        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "second", "--init", weights, "--json", "--set", "training.shuffle=false");
        CliRun evaluated = await CliRun.OfAsync("eval", "first", "--runs", Runs, "--json", "--set", "data.trainCount=32");

        double firstLoss = run.Json.First(line => line.GetProperty("event").GetString() == "step").GetProperty("loss").GetDouble();
        Assert.Equal(evaluated.Json[0].GetProperty("loss").GetDouble(), firstLoss, 1e-5);
    }

    [Fact]
    public void MetricsLog_Resumed_DropsLaterAndTornLines()
    {
        string path = Write("metrics.jsonl", "{\"event\":\"step\",\"step\":1}\n{\"event\":\"step\",\"step\":2}\n{\"event\":\"step\",\"step\":3}\n{\"event\":\"st");

        new MetricsLog(path, resumedStep: 2).Dispose();

        Assert.Equal(["{\"event\":\"step\",\"step\":1}", "{\"event\":\"step\",\"step\":2}"], File.ReadAllLines(path));
    }

    private async Task<byte[]> ModelAsync(string run)
    {
        string newest = Directory.GetDirectories(At("runs", run, "checkpoints"), "step-*").Order(StringComparer.Ordinal).Last();
        return await File.ReadAllBytesAsync(Path.Combine(newest, "model.safetensors"), TestContext.Current.CancellationToken);
    }

    private async Task<IEnumerable<string>> MetricsAsync(string run)
    {
        string[] lines = await File.ReadAllLinesAsync(At("runs", run, "metrics.jsonl"), TestContext.Current.CancellationToken);
        return lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Where(line => line.GetProperty("event").GetString() == "step").Select(Losses);

        static string Losses(JsonElement line) => string.Create(CultureInfo.InvariantCulture, $"{line.GetProperty("step")} {line.GetProperty("loss")} {line.GetProperty("learningRate")}");
    }
}
