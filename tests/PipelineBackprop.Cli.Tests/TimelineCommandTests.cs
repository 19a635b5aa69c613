using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class TimelineCommandTests : TemporaryFolder
{
    [Fact]
    public async Task Timeline_Person_ReadsWhatWasPredictedAndMeasured()
    {
        CliRun run = await CliRun.OfAsync("timeline", RunFile, "--steps", "6", "--out", At("pictures"));

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        foreach (string expected in new[] { "predicted", "residual", "bubble, barrier", "bubble, span", "stage 1  F", "transfer, of F and B", $"Wrote {At("pictures", "small.svg")}, and {At("pictures", "small.json")} for https://ui.perfetto.dev." })
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.All(run.Lines.Where(line => line.TrimStart().StartsWith("bubble, ", StringComparison.Ordinal)), line =>
        {
            double[] numbers = [.. Regex.Matches(line, "[+−]?[0-9]+\\.[0-9]+").Select(match => double.Parse(match.Value.Replace('−', '-'), CultureInfo.InvariantCulture))];
            Assert.Equal(numbers[1] - numbers[0], numbers[2], 0.02);
        });
        string[] stepLine = run.Lines.First(line => line.TrimStart().StartsWith("step  ", StringComparison.Ordinal)).Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(stepLine[3][0], stepLine[4][0] == '0' ? stepLine[3][0] : stepLine[4][0]);
        Assert.Contains("2 stages, 2 micro-batches, 1f1b", XElement.Load(At("pictures", "small.svg")).Elements().First(element => element.Name.LocalName == "title").Value, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Runs));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Timeline_StagesThatHelpEachOther_AreToldOf(string helps)
    {
        CliRun run = await CliRun.OfAsync("timeline", RunFile, "--steps", "3", "--out", At("pictures"), "--set", $"pipeline.helpOtherStages={helps}");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        bool isTold = run.Output.Contains("Stages that wait help the others (pipeline.helpOtherStages)", StringComparison.Ordinal);
        Assert.Equal(helps == "true" && Environment.ProcessorCount >= 2, isTold);
        string picture = await File.ReadAllTextAsync(Assert.Single(Directory.EnumerateFiles(At("pictures"), "*.svg")), TestContext.Current.CancellationToken);
        Assert.Equal(isTold, picture.Contains("stages that wait help the others", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Timeline_Json_HoldsTheResidualsOfEveryStage()
    {
        CliRun run = await CliRun.OfAsync("timeline", RunFile, "--steps", "1", "--out", At("pictures"), "--json", "--set", "pipeline.schedule=zb-h1");

        JsonElement line = Assert.Single(run.Json);
        Assert.Equal((ExitCode.Done, 1), (run.Code, line.GetProperty("step").GetInt32()));
        Assert.Equal(Environment.ProcessorCount >= 2, line.GetProperty("stagesHelp").GetBoolean());
        foreach (string side in new[] { "predicted", "measured" })
        {
            Assert.True(line.GetProperty(side).GetProperty("stepSeconds").GetDouble() > 0);
            Assert.InRange(line.GetProperty(side).GetProperty("spanBubble").GetDouble(), 0, 1);
            Assert.Equal(2, line.GetProperty(side).GetProperty("stages").GetArrayLength());
            Assert.True(line.GetProperty(side).GetProperty("stages")[1].GetProperty("forward").GetDouble() > 0);
        }
        Assert.True(File.Exists(line.GetProperty("svg").GetString()) && File.Exists(line.GetProperty("trace").GetString()));
    }

    [Fact]
    public async Task Timeline_ShortSteps_TrainsMoreThanThirtyOfThem()
    {
        CliRun run = await CliRun.OfAsync("timeline", RunFile, "--out", At("pictures"), "--json");

        JsonElement line = Assert.Single(run.Json);
        Assert.Equal(ExitCode.Done, run.Code);
        Assert.InRange(line.GetProperty("step").GetInt32(), 31, int.MaxValue);
    }

    [Fact]
    public async Task Train_TimelineSteps_AreDrawnIntoTheRun()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--json", "--timeline-step", "3", "--timeline-step", "7");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        // Step 7 is the last of its epoch: 8 of 200 examples are left for it.
        Assert.Equal([3, 7], run.Json.Where(line => line.GetProperty("event").GetString() == "timeline").Select(line => line.GetProperty("step").GetInt32()));
        Assert.Equal(["step-3.json", "step-3.svg", "step-7.json", "step-7.svg"], Directory.EnumerateFiles(At("runs", "small", "timeline")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Train_TimelineOfAStepBeyondTheLast_SaysThatThereIsNone()
    {
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--timeline-step", "99");

        Assert.Contains("Step 99 was not taken by this training, so it has no timeline.\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeline {0} --steps 0", "--steps is 0, but must be at least 1.")]
    [InlineData("train {0} --timeline-step 0", "--timeline-step is 0, but the first step is 1.")]
    public async Task BadNumber_OneSentence(string arguments, string sentence)
    {
        CliRun run = await CliRun.OfAsync([.. arguments.Split(' ').Select(word => word == "{0}" ? RunFile : word)]);

        Assert.Equal(new CliRun(ExitCode.BadInput, "", sentence + "\n"), run);
    }

    [Fact]
    public async Task Timeline_FolderThatCannotBeMade_OneSentence()
    {
        CliRun run = await CliRun.OfAsync("timeline", RunFile, "--steps", "1", "--out", Path.Combine(RunFile, "pictures"));

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.StartsWith($"The timeline cannot be written to {Path.Combine(RunFile, "pictures")}: ", run.Error, StringComparison.Ordinal);
    }
}
