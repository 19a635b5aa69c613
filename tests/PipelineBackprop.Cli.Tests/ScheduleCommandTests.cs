using System.Text.Json;
using System.Text.RegularExpressions;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed partial class ScheduleCommandTests : TemporaryFolder
{
    [Fact]
    public async Task Show_1f1b_DrawsTheGridAndTheFigures()
    {
        CliRun run = await CliRun.OfAsync("schedule", "show", "1f1b", "--stages", "4", "--microbatches", "8");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Contains(ScheduleGrid.Render(new OneForwardOneBackwardSchedule().Generate(4, 8)), run.Output, StringComparison.Ordinal);
        Assert.Equal(["barrier, B sent on at once", "30", "24", "20.00 %"], Row(run, "barrier, B sent on at once"));
        Assert.Equal(["span, B sent on after W", "33", "24", "27.27 %"], Row(run, "span, B sent on after W"));
        Assert.Equal(["3", "3", "27", "24", "0", "1", "1"], Row(run, "3 "));
    }

    [Fact]
    public async Task Show_WithTimesOfEachDeviceAndTransfer_UsesThem()
    {
        CliRun run = await CliRun.OfAsync(
            "schedule", "show", "gpipe", "--stages", "2", "--microbatches", "1", "--times", "1,1,3", "--times", "2,1,4", "--transfer", "0.5", "--json");

        JsonElement figures = run.Json[0].GetProperty("sentAtOnce");
        Assert.Equal(1 + 0.5 + 2 + 1 + 0.5 + 1 + 3, figures.GetProperty("barrierTime").GetDouble());
    }

    [Fact]
    public async Task Show_Json_HoldsActionsWithTimesAndBothBubbles()
    {
        CliRun run = await CliRun.OfAsync("schedule", "show", "zb-v", "--stages", "4", "--microbatches", "8", "--json");

        JsonElement shown = Assert.Single(run.Json);
        Assert.Equal((8, 4, 8), (shown.GetProperty("stages").GetInt32(), shown.GetProperty("devices").GetInt32(), shown.GetProperty("microBatches").GetInt32()));
        Assert.Equal(25.5, shown.GetProperty("sentAtOnce").GetProperty("barrierTime").GetDouble());
        Assert.Equal(0, shown.GetProperty("sentAtOnce").GetProperty("spanBubble").GetDouble());
        Assert.False(shown.TryGetProperty("sentAfterW", out _));
        Assert.Equal("0F0", shown.GetProperty("actions")[0][0].GetProperty("action").GetString());
        Assert.Equal(48, shown.GetProperty("actions")[3].GetArrayLength());
    }

    [Fact]
    public async Task Show_JsonOf1f1b_HoldsTheFiguresOfBothWaysAndBothPeaks()
    {
        CliRun run = await CliRun.OfAsync("schedule", "show", "1f1b", "--stages", "4", "--microbatches", "8", "--json"), zeroBubble = await CliRun.OfAsync("schedule", "show", "zb-h2", "--stages", "4", "--microbatches", "8", "--json");

        Assert.Equal(33, run.Json[0].GetProperty("sentAfterW").GetProperty("spanTime").GetDouble());
        double[] Peaks(string key) => [.. zeroBubble.Json[0].GetProperty(key).EnumerateArray().Select(peak => peak.GetDouble())];
        Assert.Equal([7, 5, 3, 1], Peaks("peakUntilB"));
        Assert.Equal([7, 7, 7, 7], Peaks("peakUntilW"));
    }

    [Fact]
    public async Task Show_TimesOfAHalf_AreDrawnInColumnsOfAHalf()
    {
        CliRun run = await CliRun.OfAsync("schedule", "show", "gpipe", "--stages", "2", "--microbatches", "2", "--times", "0.5,1,1.5");

        Assert.Contains("A column is 0.5.\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Show_PipeDream2bw_StatesItsStaleness(bool json)
    {
        CliRun run = await CliRun.OfAsync(["schedule", "show", "pipedream-2bw", "--stages", "2", "--microbatches", "4", .. json ? ["--json"] : Array.Empty<string>()]);

        if (json) Assert.Equal((1, 12.0, 0.0), (run.Json[0].GetProperty("staleness").GetProperty("delay").GetInt32(), run.Json[0].GetProperty("sentAtOnce").GetProperty("steadyTime").GetDouble(), run.Json[0].GetProperty("sentAtOnce").GetProperty("steadyBubble").GetDouble()));
        else Assert.Contains("asynchronous: gradients are 1 update behind the weights they change, 2 weight versions a stage", run.Output, StringComparison.Ordinal);
        if (!json) Assert.Contains("Once the pipeline is full a minibatch takes 12: bubble 0.00 %.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_OneOfEach_IsSaidInTheSingular()
    {
        CliRun run = await CliRun.OfAsync("schedule", "show", "gpipe", "--stages", "1", "--microbatches", "1");

        Assert.StartsWith("gpipe  1 stage, 1 micro-batch\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_NamesEverySchedule()
    {
        CliRun run = await CliRun.OfAsync("schedule", "list"), json = await CliRun.OfAsync("schedule", "list", "--json");

        Assert.All(ScheduleCatalog.Names, name => Assert.Contains($"  {name} ", run.Output, StringComparison.Ordinal));
        Assert.Equal(ScheduleCatalog.Names, json.Json.Select(line => line.GetProperty("schedule").GetString()));
        JsonElement interleaved = json.Json.Single(line => line.GetProperty("schedule").GetString() == "interleaved-1f1b");
        Assert.Equal((1, 2), (interleaved.GetProperty("leastChunks").GetInt32(), interleaved.GetProperty("chunks").GetInt32()));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6, "--chunks", "3")]
    public async Task Show_AScheduleOfSeveralChunks_HasTwoUnlessSaidOtherwise(int stages, params string[] options)
    {
        CliRun run = await CliRun.OfAsync(["schedule", "show", "interleaved-1f1b", "--stages", "2", "--microbatches", "2", "--json", .. options]);

        Assert.Equal(stages, run.Json[0].GetProperty("stages").GetInt32());
    }

    [Fact]
    public async Task Export_ThenImport_ShowsTheSameSchedule()
    {
        CliRun printed = await CliRun.OfAsync("schedule", "export", "zb-h1", "--stages", "3", "--microbatches", "4");
        CliRun written = await CliRun.OfAsync("schedule", "export", "zb-h1", "--stages", "3", "--microbatches", "4", "--out", At("my.csv"));
        CliRun imported = await CliRun.OfAsync("schedule", "import", At("my.csv")), shown = await CliRun.OfAsync("schedule", "show", At("my.csv"));

        Assert.Equal(ScheduleCsv.Write(new ZeroBubbleH1Schedule().Generate(3, 4)), printed.Output);
        Assert.Equal(printed.Output, await File.ReadAllTextAsync(At("my.csv"), TestContext.Current.CancellationToken));
        Assert.Equal($"Wrote zb-h1 (3 stages, 4 micro-batches) to {At("my.csv")}.\n", written.Output);
        Assert.StartsWith($"{At("my.csv")} can be run.\nmy  3 stages, 4 micro-batches\n", imported.Output, StringComparison.Ordinal);
        Assert.EndsWith(shown.Output, imported.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0F0,0F1,0B0,0B1,0W0,0W1\n1F0,1B0,1W0,1F1,1B1,1W1\n", 2)]
    [InlineData("0F0,1F0,0F1,1F1,1B0,1W0,0B0,0W0,1B1,0B1,1W1,0W1\n", 1)]
    public async Task Train_WithAWrittenSchedule_GivesTheSameNumbersAsAKnownOne(string orders, int devices)
    {
        string path = Write("my.csv", orders);
        string[] common = ["train", RunFile, "--runs", Runs, "--json", "--set", "pipeline.microBatches=2"];

        CliRun known = await CliRun.OfAsync([.. common, "--name", "known", "--set", "pipeline.stages=2"]);
        CliRun own = await CliRun.OfAsync([.. common, "--name", "own", "--set", $"pipeline.stages={devices}", "--set", $"pipeline.schedule={path}"]);

        Assert.Equal((ExitCode.Done, ""), (own.Code, own.Error));
        Assert.Equal(known.Json[^1].GetProperty("trainLoss").GetDouble(), own.Json[^1].GetProperty("trainLoss").GetDouble());
        Assert.Equal(ExitCode.Done, (await CliRun.OfAsync("eval", "own", "--runs", Runs)).Code);
    }

    [Fact]
    public async Task Optimise_SmallPipeline_GivesTheBestAndTheDistanceOfEverySchedule()
    {
        string[] arguments = ["schedule", "optimise", "--stages", "3", "--microbatches", "4", "--memory", "3", "--out", At("best.csv")];
        CliRun run = await CliRun.OfAsync(arguments), json = await CliRun.OfAsync([.. arguments, "--json"]);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Contains("Least barrier time: 14, proven.", run.Output, StringComparison.Ordinal);
        Assert.Equal(["1f1b", "1", "3", "16", "14", "14.29 %", "proven"], Row(run, "1f1b "));
        Assert.Equal(["zb-h1", "1", "3", "14", "14", "0 %", "proven"], Row(run, "zb-h1 "));
        Assert.Equal(14, json.Json[0].GetProperty("sentAtOnce").GetProperty("barrierTime").GetDouble());
        Assert.Equal(ScheduleCatalog.Names.Except(["pipedream-2bw"]), json.Json[1..].Select(line => line.GetProperty("schedule").GetString()));
        Assert.All(json.Json[1..], line => Assert.True(line.GetProperty("time").GetDouble() >= line.GetProperty("bestTime").GetDouble()));
        Assert.Equal(ExitCode.Done, (await CliRun.OfAsync("schedule", "import", At("best.csv"))).Code);
    }

    [Fact]
    public async Task Optimise_ForTheSpan_GivesTheLeastSpan()
    {
        CliRun run = await CliRun.OfAsync("schedule", "optimise", "--stages", "2", "--microbatches", "4", "--objective", "span");

        Assert.Contains("Least span time: 12, proven.", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01230123")]
    [InlineData("01233210", "--fold")]
    public async Task Optimise_SeveralChunks_ArePlacedInALoopOrAFold(string devices, params string[] options)
    {
        CliRun run = await CliRun.OfAsync(["schedule", "optimise", "--stages", "4", "--microbatches", "1", "--chunks", "2", "--json", .. options]);

        JsonElement best = run.Json[0];
        string[] firsts = [.. best.GetProperty("actions").EnumerateArray().Select(actions => string.Join(' ', actions.EnumerateArray().Select(timed => timed.GetProperty("action").GetString())))];
        Assert.Equal(devices.Length, best.GetProperty("stages").GetInt32());
        Assert.All(devices.Select((device, stage) => (device - '0', stage)), placed => Assert.Contains($"{placed.stage}F0", firsts[placed.Item1].Split(' ')));
    }

    [Fact]
    public async Task Optimise_OtherChunks_ComparesTheKnownSchedulesWithAsMany()
    {
        CliRun run = await CliRun.OfAsync("schedule", "optimise", "--stages", "2", "--microbatches", "1", "--chunks", "3", "--json");

        int Stages(string schedule) => run.Json[1..].Single(line => line.GetProperty("schedule").GetString() == schedule).GetProperty("stages").GetInt32();
        Assert.Equal((6, 4, 2), (Stages("interleaved-1f1b"), Stages("zb-v"), Stages("1f1b")));
    }

    [Fact]
    public async Task Optimise_WithLittleMemory_HoldsNoMore()
    {
        CliRun run = await CliRun.OfAsync("schedule", "optimise", "--stages", "2", "--microbatches", "3", "--memory", "1", "--json");

        Assert.Equal([1.0, 1.0], run.Json[0].GetProperty("peakUntilW").EnumerateArray().Select(peak => peak.GetDouble()));
    }

    [Fact]
    public async Task Optimise_LimitThatEndsTheSearch_ShowsNoBestThatAKnownScheduleBeats()
    {
        CliRun run = await CliRun.OfAsync("schedule", "optimise", "--stages", "6", "--microbatches", "9", "--seconds", "0.005", "--json");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.All(run.Json[1..], line => Assert.True(line.GetProperty("time").GetDouble() >= line.GetProperty("bestTime").GetDouble() - 1e-9, line.ToString()));
        Assert.Contains(run.Json[1..], line => !line.GetProperty("proven").GetBoolean() && line.GetProperty("lowerBound").GetDouble() < line.GetProperty("bestTime").GetDouble());
    }

    [Theory]
    [InlineData("pipedream-2bw", 1, 20_000, "A grid of 1 devices and 180000 columns is too large to draw; --json gives every start and end.")]
    [InlineData("gpipe", 3_000, 1, "A grid of 3000 devices and 6001 columns is too large to draw; --json gives every start and end.")]
    public async Task Show_AScheduleTooLargeToDraw_SaysSoAndGivesTheFigures(string schedule, int stages, int microBatches, string sentence)
    {
        CliRun run = await CliRun.OfAsync("schedule", "show", schedule, "--stages", $"{stages}", "--microbatches", $"{microBatches}");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Contains(sentence, string.Join(' ', run.Lines.Select(line => line.Trim())), StringComparison.Ordinal);
        Assert.Contains("barrier, B sent on at once", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show 1f2b --stages 2 --microbatches 2", "schedule \"1f2b\" is unknown: did you mean \"1f1b\"")]
    [InlineData("show 1f1b", "schedule 1f1b needs a size: give --stages and --microbatches, for example --stages 4 --microbatches 8.")]
    [InlineData("show 1f1b --stages 0 --microbatches 2", "--stages is 0, but must be at least 1.")]
    [InlineData("show 1f1b --stages 2 --microbatches -1", "--microbatches is -1, but must be at least 1.")]
    [InlineData("show 1f1b --stages 2 --microbatches 2 --chunks 2", "--chunks is 2, but schedule 1f1b takes 1.")]
    [InlineData("show interleaved-1f1b --stages 2 --microbatches 2 --chunks 0", "--chunks is 0, but schedule interleaved-1f1b takes 1 or more.")]
    [InlineData("show 1f1b --stages 2000000000 --microbatches 2000000000", "at most 100000 can be shown.")]
    [InlineData("show 1f1b --stages 2 --microbatches 2 --times 1,1", "--times is \"1,1\", but must be three numbers of at least 0 and not all 0, like 1,1,1.")]
    [InlineData("show 1f1b --stages 2 --microbatches 2 --times 1,-1,1", "--times is \"1,-1,1\"")]
    [InlineData("show 1f1b --stages 3 --microbatches 2 --times 1,1,1 --times 1,1,2", "--times is given 2 times, but must be given once or once for each of the 3 devices.")]
    [InlineData("show 1f1b --stages 2 --microbatches 2 --transfer -1", "--transfer is -1, but must be at least 0 and finite.")]
    [InlineData("show none.csv", "none.csv does not exist.")]
    [InlineData("show broken.csv --stages 2", "broken.csv is a file, which has its own size: leave --stages, --microbatches and --chunks out.")]
    [InlineData("import broken.csv", "broken.csv, line 2: 1W0 is missing from device 1.")]
    [InlineData("import small.json", "small.json, line 1, column 1: \"{")]
    [InlineData("optimise --stages 0 --microbatches 2", "--stages is 0, but must be at least 1.")]
    [InlineData("optimise --stages 2 --microbatches 2 --memory 0.5", "--memory is 0.5, but must be at least 1: a device holds a whole micro-batch before its first B.")]
    [InlineData("optimise --stages 2 --microbatches 2 --seconds 0", "--seconds is 0, but must be above 0 and finite.")]
    [InlineData("optimise --stages 2000000000 --microbatches 2000000000", "but the solver takes at most 1000.")]
    [InlineData("optimise --stages 2 --microbatches 2 --objective bubble", "--objective")]
    [InlineData("optimise --stages 2", "--microbatches")]
    [InlineData("export gpipe --stages 1 --microbatches 1 --out none/my.csv", "none/my.csv cannot be written: there is no folder ")]
    public async Task BadInput_OneSentenceAndCodeTwo(string command, string sentence)
    {
        Write("broken.csv", "0F0,0B0,0W0\n1F0,1B0\n");

        CliRun run = await InFolderAsync(["schedule", .. command.Split(' ')]);

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
    }

    [Theory]
    [InlineData("late.csv", "schedule late is written and asynchronous; of asynchronous schedules the engine runs those of the catalogue, by their name.")]
    [InlineData("wide.csv", "schedule wide is written for 1 device and 1 micro-batch, but the pipeline has 2 and 2.")]
    [InlineData("other.csv", "schedule other is written for 2 stages and 1 micro-batch, but the pipeline has 2 and 2.")]
    public async Task Train_WithAScheduleTheEngineCannotRun_SaysSo(string schedule, string sentence)
    {
        Write("wide.csv", "0F0,1F0,1B0,1W0,0B0,0W0\n");
        Write("other.csv", "0F0,0B0,0W0\n1F0,1B0,1W0\n");
        Write("late.csv", ScheduleCsv.Write(new PipeDream2BwSchedule().Generate(2, 2)));

        CliRun run = await InFolderAsync(
            ["train", "small.json", "--set", "pipeline.stages=2", "--set", "pipeline.microBatches=2", "--set", $"pipeline.schedule={schedule}"]);

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.StartsWith(sentence, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("runs")), "a run that cannot begin leaves no folder");
    }

    [Fact]
    public async Task Export_ToAFolder_SaysThatItIsOne()
    {
        CliRun run = await CliRun.OfAsync("schedule", "export", "gpipe", "--stages", "1", "--microbatches", "1", "--out", Path.TrimEndingDirectorySeparator(At()));

        Assert.Equal(new CliRun(ExitCode.BadInput, "", $"{Path.TrimEndingDirectorySeparator(At())} cannot be written: it is a folder.\n"), run);
    }

    private Task<CliRun> InFolderAsync(string[] arguments)
    {
        string folder = At("x")[..^1];
        string[] located = [.. arguments.Select(argument => FileName().Replace(argument, match => folder + match.Value))];
        return CliRun.OfAsync([.. located, .. arguments[0] == "train" ? ["--runs", Runs] : Array.Empty<string>()]);
    }

    [GeneratedRegex(@"\b(none/my|none|broken|small|wide|other|late)\.(csv|json)$")]
    private static partial Regex FileName();

    private static string[] Row(CliRun run, string start) => run.Lines.First(line => line.TrimStart().StartsWith(start, StringComparison.Ordinal)).Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
