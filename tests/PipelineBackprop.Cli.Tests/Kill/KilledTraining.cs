using PipelineBackprop.Randomness;
using Xunit;

namespace PipelineBackprop.Cli.Tests.Kill;

/// <summary>
/// A kill at any moment leaves the last complete checkpoint readable, and a resumed run ends bit-equal to one that was never interrupted. Quick steps
/// and a checkpoint after each of them let the kills fall into saves.
/// </summary>
public sealed class KilledTraining(UninterruptedRun uninterrupted) : IClassFixture<UninterruptedRun>, IDisposable
{
    private const int Kills = 12, MostLines = 36, MostSpins = 20_000;

    // Steps between two checkpoints are taken again, and their lines of the metrics written again.
    private const string SavesRarely = "training.checkpointEverySteps=20";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("killed-training-");

    private string Runs => _folder.FullName;

    [Theory]
    [InlineData(1)]
    public async Task Train_KilledAtRandomMoments_ResumesEveryTimeAndEndsBitEqual(ulong seed)
    {
        var random = new RandomStream(seed, 0x4B494C4C);
        long? saved = null;
        for (int kills = 0; kills < Kills;)
        {
            await using ProgramProcess process = Start(resume: saved is not null);
            ProgramEvent started = await process.UntilAsync(found => found.Name == "started");
            Assert.InRange(started.Step, saved ?? 0, UninterruptedRun.Steps);
            (bool killed, long? last) = await KillAsync(process, random.NextInt(MostLines), needsCheckpoint: saved is null, random.NextInt(MostSpins));
            if (killed) kills++;
            saved = last ?? saved;
            if (saved < UninterruptedRun.Steps) continue;
            // The reader was so slow that the run came to its end: begin another one.
            Directory.Delete(Path.Combine(Runs, "killed"), recursive: true);
            saved = null;
        }
        await RequireTheSameEndAsync(saved ?? 0, resume: saved is not null);
    }

    [Fact]
    public async Task Train_InterruptedOnce_SavesAndResumesBitEqual()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT.");
        await using ProgramProcess process = Start(resume: false);
        await process.UntilAsync(found => found is { Name: "step", Step: 25 });
        process.Press();

        (int code, IReadOnlyList<ProgramEvent> events, string error) = await process.EndAsync();

        Assert.True(code == ExitCode.Interrupted, $"Exit code {code}: {error}");
        Assert.Equal("summary", events[^1].Name);
        long saved = events.Last(found => found.Name == "checkpoint").Step;
        Assert.InRange(saved, events.LastOrDefault(found => found.Name == "step")?.Step ?? 25, UninterruptedRun.Steps - 1);
        Assert.Equal($"Interrupted after step {saved}; the checkpoint is saved, --name killed --resume continues the run.\n", error);
        await RequireTheSameEndAsync(saved);
    }

    [Fact]
    public async Task Train_InterruptedTwiceBetweenCheckpoints_StopsAndResumesBitEqual()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT.");
        await using ProgramProcess process = Start(resume: false, SavesRarely);
        long saved = (await process.UntilAsync(found => found is { Name: "checkpoint", Step: >= 25 })).Step;
        await process.PressUntilEndedAsync();

        (int code, IReadOnlyList<ProgramEvent> events, string error) = await process.EndAsync();

        Assert.True(code == ExitCode.Interrupted, $"Exit code {code}: {error}");
        Assert.Matches("^Interrupted[^\n]*\\.\n$", error);
        await RequireTheSameEndAsync(events.LastOrDefault(found => found.Name == "checkpoint")?.Step ?? saved, resume: true, SavesRarely);
    }

    [Fact]
    public async Task Train_InterruptedTwiceInALongStep_DoesNotFinishIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT.");
        await using ProgramProcess process = Start(resume: false,
            "data.inputs=2000", "data.trainCount=4000", "model.layers.0.outputs=4000", "training.batchSize=4000", "pipeline.microBatches=1000");
        await process.UntilAsync(found => found.Name == "started");
        await process.PressUntilEndedAsync();

        (int code, IReadOnlyList<ProgramEvent> events, string error) = await process.EndAsync();

        Assert.Equal((ExitCode.Interrupted, "Interrupted.\n"), (code, error));
        Assert.Empty(events);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // Kills when so many lines have been read and a moment more is spun away; says whether it came in time, and the last step said to be saved.
    private static async Task<(bool Killed, long? Saved)> KillAsync(ProgramProcess process, int lines, bool needsCheckpoint, int spins)
    {
        long? saved = null;
        while (lines-- > 0 || (needsCheckpoint && saved is null))
        {
            if (await process.NextAsync() is not { } found) break;
            if (found.Name == "checkpoint") saved = found.Step;
        }
        Thread.SpinWait(spins);
        process.Kill();
        (int code, IReadOnlyList<ProgramEvent> rest, string error) = await process.EndAsync();
        Assert.Equal("", error);
        return (code != 0, rest.LastOrDefault(found => found.Name == "checkpoint")?.Step ?? saved);
    }

    private ProgramProcess Start(bool resume, params string[] settings) => ProgramProcess.Start(
        ["train", uninterrupted.RunFile, "--runs", Runs, "--json", .. resume ? ["--resume"] : Array.Empty<string>(), .. settings.SelectMany(setting => new[] { "--set", setting })]);

    private async Task RequireTheSameEndAsync(long saved, bool resume = true, params string[] settings)
    {
        await using ProgramProcess process = Start(resume, settings);
        Assert.InRange((await process.UntilAsync(found => found.Name == "started")).Step, saved, UninterruptedRun.Steps);
        (int code, IReadOnlyList<ProgramEvent> events, string error) = await process.EndAsync();
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("summary", events[^1].Name);
        uninterrupted.RequireSameEnd(Runs);
    }
}
