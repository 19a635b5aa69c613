using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Cli.Tests.Kill;
using PipelineBackprop.Configuration;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

/// <summary>A run folder has one training at a time.</summary>
public sealed class RunFolderTests : TemporaryFolder
{
    [Fact]
    public void New_BeforeTheFirstHasBegun_TakesTheNextName()
    {
        using RunFolder first = RunFolder.New(Runs, "x");
        using RunFolder second = RunFolder.New(Runs, "x");

        Assert.Equal(("x", "x-2"), (first.Name, second.Name));
    }

    [Fact]
    public void Dispose_NoRunHasBegun_LeavesNoFolder()
    {
        RunFolder.New(Runs, "x").Dispose();

        Assert.Empty(Directory.GetFileSystemEntries(Runs));
    }

    [Fact]
    public void Begin_RelativePaths_AreWrittenInFull()
    {
        PipelineBackprop.Configuration.RunFile run = PipelineBackprop.Configuration.RunFile.Load(RunFile, ["""data={"kind":"idx","directory":"some/where"}""", "$schema=run.schema.json"]);
        using RunFolder folder = RunFolder.New(Runs, "x");

        folder.Begin(run, new DataDescription("images", InputWidth: 4, TargetWidth: 1, ClassCount: 10));

        Assert.Equal(Path.GetFullPath("some/where"), Assert.IsType<IdxDataSettings>(folder.ReadConfig([]).Data).Directory);
        Assert.Null(folder.ReadConfig([]).Schema);
    }

    [Fact]
    public async Task Train_ResumedWhileItIsTrained_IsRefusedAndChangesNothing()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        string[] resume = ["train", RunFile, "--runs", Runs, "--resume", "--set", "training.epochs=3"];
        string metrics = await File.ReadAllTextAsync(At("runs", "small", "metrics.jsonl"), TestContext.Current.CancellationToken);
        CliRun refused;
        using (RunFolder.Resume(Runs, "small")) refused = await CliRun.OfAsync(resume);

        Assert.Equal(
            new CliRun(ExitCode.BadInput, "", $"The run {At("runs", "small")} is being trained by another process; wait until that has ended, or train a run of another name.\n"), refused);
        Assert.Equal(metrics, await File.ReadAllTextAsync(At("runs", "small", "metrics.jsonl"), TestContext.Current.CancellationToken));
        Assert.Equal(ExitCode.Done, (await CliRun.OfAsync(resume)).Code);
    }

    [Fact]
    public async Task Train_AnotherProcessTrains_IsRefusedUntilThatIsKilled()
    {
        await using ProgramProcess other = ProgramProcess.Start(
            "train", RunFile, "--runs", Runs, "--json", "--set", "training.epochs=1000000", "--set", "training.checkpointEverySteps=20");
        await other.UntilAsync(found => found.Name == "checkpoint");
        string[] resume = ["train", RunFile, "--runs", Runs, "--resume", "--set", "training.epochs=1000000", "--set", "training.steps=1"];

        Assert.Equal(ExitCode.BadInput, (await CliRun.OfAsync(resume)).Code);
        other.Kill();
        await other.EndAsync();

        CliRun resumed = await CliRun.OfAsync(resume);
        Assert.Equal((ExitCode.Done, ""), (resumed.Code, resumed.Error));
    }

    [Fact]
    public async Task Train_TheFolderMayNotBeWrittenTo_IsRefusedInOneSentence()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        File.Delete(At("runs", "small", ".lock"));
        Directory.CreateDirectory(At("runs", "small", ".lock"));

        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--resume", "--set", "training.epochs=3");

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.StartsWith($"The run folder {At("runs", "small")} cannot be written to: ", run.Error, StringComparison.Ordinal);
    }
}
