using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Tests.Checkpoints;

/// <summary>Interrupts a save at each of its file operations and looks at what is left.</summary>
public sealed class CheckpointCrashTests : IDisposable
{
    private readonly DirectoryInfo _run = Directory.CreateTempSubdirectory("checkpoints");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _run.Delete(recursive: true);

    /// <summary>A kill stops every later operation as well; a fault stops one, and the save may still tidy up.</summary>
    [Theory]
    [InlineData(true, 1, false)]
    [InlineData(true, 2, false)]
    [InlineData(true, 1, true)]
    [InlineData(false, 1, false)]
    [InlineData(false, 2, true)]
    public async Task A_save_interrupted_anywhere_leaves_a_complete_checkpoint(bool kill, int keep, bool best)
    {
        List<string> operations = await RecordAsync(keep, best);
        Assert.InRange(operations.Count, 25, 60);
        var newer = new HashSet<bool>();
        for (int stop = 0; stop < operations.Count; stop++)
        {
            string run = NewRun();
            await SeedAsync(run, keep, best);
            await SaveUntilAsync(run, keep, best, stop, kill);

            LoadedCheckpoint loaded = await new CheckpointStore(run, keep).LoadLatestAsync(Token);
            long step = loaded.Checkpoint.Step;
            Assert.True(step is 2 or 3, $"step {step} after an interruption before '{operations[stop]}'");
            CheckpointSamples.AssertSame(CheckpointSamples.AtStep(step, best), loaded.Checkpoint);
            Assert.Empty(loaded.Skipped);
            newer.Add(step == 3);
            // Once the new one counts, an interruption must not bring the old one back.
            Assert.Equal(stop > operations.IndexOf("rename directory step-00000003"), step == 3);

            await AssertNextSaveWorksAsync(run, keep);
        }
        Assert.Equal(2, newer.Count);
    }

    [Fact]
    public async Task Every_file_is_on_disk_before_the_rename_that_makes_it_count()
    {
        List<string> events = [];
        var files = new FileOperations(
            operation => { if (operation.StartsWith("rename", StringComparison.Ordinal)) events.Add(operation); },
            path => new WatchedFile(path, events));

        await new CheckpointStore(NewRun(), 2, TimeProvider.System, files).SaveAsync(CheckpointSamples.AtStep(3), Token);

        string[] written = ["model.safetensors", "optimizer.safetensors", "manifest.json", "manifest.sha256"];
        Assert.Equal([.. written.Select(name => $"on disk {name}"), "rename directory step-00000003"], events[..5]);
        Assert.StartsWith("on disk .tmp-latest-", events[5], StringComparison.Ordinal);
        Assert.Equal("rename latest", events[6]);
    }

    /// <summary>Tells when what was written is flushed past the system's cache.</summary>
    private sealed class WatchedFile(string path, List<string> events) : FileStream(path, FileMode.Create)
    {
        public override void Flush(bool flushToDisk)
        {
            base.Flush(flushToDisk);
            if (flushToDisk) events.Add($"on disk {Path.GetFileName(Name)}");
        }
    }

    [Fact]
    public async Task A_first_save_interrupted_before_its_rename_leaves_no_checkpoint()
    {
        List<string> operations = [];
        await new CheckpointStore(NewRun(), 2, TimeProvider.System, new FileOperations(operations.Add)).SaveAsync(CheckpointSamples.AtStep(3), Token);
        for (int stop = 0; stop <= operations.IndexOf("rename directory step-00000003"); stop++)
        {
            string run = NewRun();
            await SaveUntilAsync(run, 2, false, stop, kill: true);
            await Assert.ThrowsAsync<InvalidInputException>(() => new CheckpointStore(run).LoadLatestAsync(Token));
        }
    }

    [Fact]
    public async Task A_fault_before_the_rename_leaves_no_temporary_files()
    {
        List<string> operations = await RecordAsync(2, false);
        for (int stop = 0; stop <= operations.IndexOf("rename directory step-00000003"); stop++)
        {
            string run = NewRun();
            await SeedAsync(run, 2, false);
            await SaveUntilAsync(run, 2, false, stop, kill: false);
            Assert.Equal(["latest", "step-00000001", "step-00000002"], Entries(run));
        }
    }

    [Fact]
    public async Task A_cancelled_save_leaves_the_previous_checkpoint_and_no_temporary_files()
    {
        List<string> operations = await RecordAsync(2, false);
        int rename = operations.IndexOf("rename directory step-00000003");
        for (int stop = 0; stop < operations.Count; stop++)
        {
            string run = NewRun();
            await SeedAsync(run, 2, false);
            using var cancel = new CancellationTokenSource();
            int count = 0;
            var store = new CheckpointStore(run, 2, TimeProvider.System, new FileOperations(_ =>
            {
                if (count++ == stop)
                    cancel.Cancel();
            }));
            if (stop < rename)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.SaveAsync(CheckpointSamples.AtStep(3), cancel.Token));
                Assert.Equal(["latest", "step-00000001", "step-00000002"], Entries(run));
            }
            else
            {
                // From the rename on the save runs to its end.
                await store.SaveAsync(CheckpointSamples.AtStep(3), cancel.Token);
                Assert.Equal(["latest", "step-00000002", "step-00000003"], Entries(run));
            }
        }
    }

    private async Task<List<string>> RecordAsync(int keep, bool best)
    {
        List<string> operations = [];
        string run = NewRun();
        await SeedAsync(run, keep, best);
        await new CheckpointStore(run, keep, TimeProvider.System, new FileOperations(operations.Add)).SaveAsync(CheckpointSamples.AtStep(3, best), Token);
        return operations;
    }

    private static async Task SeedAsync(string run, int keep, bool best)
    {
        var store = new CheckpointStore(run, keep);
        await store.SaveAsync(CheckpointSamples.AtStep(1, best), Token);
        await store.SaveAsync(CheckpointSamples.AtStep(2, best), Token);
    }

    private static async Task SaveUntilAsync(string run, int keep, bool best, int stop, bool kill)
    {
        int count = 0;
        var files = new FileOperations(name =>
        {
            int now = count++;
            if (now == stop || (kill && now > stop))
                throw new IOException($"Interrupted before '{name}'.");
        });
        try
        {
            await new CheckpointStore(run, keep, TimeProvider.System, files).SaveAsync(CheckpointSamples.AtStep(3, best), Token);
        }
        catch (IOException error)
        {
            Assert.StartsWith("Interrupted", error.Message, StringComparison.Ordinal);
        }
        Assert.True(count > stop, "the save ended before it was interrupted");
    }

    private static async Task AssertNextSaveWorksAsync(string run, int keep)
    {
        var store = new CheckpointStore(run, keep);
        await store.SaveAsync(CheckpointSamples.AtStep(4), Token);
        CheckpointSamples.AssertSame(CheckpointSamples.AtStep(4), (await store.LoadLatestAsync(Token)).Checkpoint);
        Assert.DoesNotContain(Entries(run), name => name!.StartsWith(".tmp-", StringComparison.Ordinal));
    }

    private static string?[] Entries(string run) =>
        [.. Directory.GetFileSystemEntries(Path.Combine(run, "checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal)];

    private string NewRun() => _run.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;
}
