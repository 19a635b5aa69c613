using System.Text.Json;
using CsCheck;
using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly DirectoryInfo _run = Directory.CreateTempSubdirectory("checkpoints");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _run.Delete(recursive: true);

    [Fact]
    public async Task Everything_comes_back_from_a_fresh_store()
    {
        string directory = await Store().SaveAsync(CheckpointSamples.AtStep(1234), Token);

        LoadedCheckpoint loaded = await Store().LoadLatestAsync(Token);

        CheckpointSamples.AssertSame(CheckpointSamples.AtStep(1234), loaded.Checkpoint);
        Assert.Equal(Path.Combine(_run.FullName, "checkpoints", "step-00001234"), directory);
        Assert.Equal((directory, FixedTime.Now), (loaded.Directory, loaded.WrittenAt));
        Assert.Empty(loaded.Skipped);
        Assert.Equal(["manifest.json", "manifest.sha256", "model.safetensors", "optimizer.safetensors"], Names(directory));
        Assert.Equal("step-00001234\n", await File.ReadAllTextAsync(InFolder("latest"), Token));
        Assert.Equal(["latest", "step-00001234"], Names(InFolder("")));
    }

    [Fact]
    public async Task Random_scalars_come_back_bit_equal()
    {
        var store = Store();
        await (from doubles in Gen.Dictionary(Gen.String, Gen.Long.Select(BitConverter.Int64BitsToDouble).Where(number => !double.IsNaN(number)))[0, 8]
               from longs in Gen.Dictionary(Gen.String, Gen.Long)[0, 8]
               select (doubles, longs)).Where((doubles, longs) => doubles.Keys.Concat(longs.Keys).All(NamedTensor.IsWellFormed))
            .SampleAsync(async (doubles, longs) =>
            {
                var checkpoint = new Checkpoint { Step = 1, Parameters = [], OptimizerScalars = doubles, Best = doubles, RandomState = longs };
                CheckpointSamples.AssertSame(checkpoint, (await CheckpointStore.LoadAsync(await store.SaveAsync(checkpoint, Token), Token)).Checkpoint);
            }, iter: 40, threads: 1);
    }

    [Fact]
    public async Task Infinities_and_NaN_come_back()
    {
        var odd = new Dictionary<string, double> { ["a"] = double.PositiveInfinity, ["b"] = double.NegativeInfinity, ["c"] = double.NaN, ["d"] = -0.0, ["e"] = double.Epsilon };
        var checkpoint = new Checkpoint { Step = 0, Parameters = [], Best = odd };
        await Store().SaveAsync(checkpoint, Token);
        CheckpointSamples.AssertSame(checkpoint, (await Store().LoadLatestAsync(Token)).Checkpoint);
    }

    [Fact]
    public async Task The_last_ones_stay_and_the_best_beside_them()
    {
        var store = Store();
        for (int step = 1; step <= 6; step++)
            await store.SaveAsync(CheckpointSamples.AtStep(step, best: step is 1 or 3), Token);

        Assert.Equal(["best", "latest", "step-00000003", "step-00000005", "step-00000006"], Names(store.Folder));
        Assert.Equal(6, (await store.LoadLatestAsync(Token)).Checkpoint.Step);
        CheckpointSamples.AssertSame(CheckpointSamples.AtStep(3, best: true), (await store.LoadBestAsync(Token)).Checkpoint);
        Assert.Equal("step-00000003\n", await File.ReadAllTextAsync(InFolder("best"), Token));
    }

    [Fact]
    public async Task A_run_that_went_back_to_an_older_step_continues_from_its_last_save()
    {
        var store = Store();
        foreach (int step in (int[])[900, 1000, 500])
            await store.SaveAsync(CheckpointSamples.AtStep(step), Token);

        Assert.Equal(500, (await store.LoadLatestAsync(Token)).Checkpoint.Step);
        Assert.Equal(["latest", "step-00000500", "step-00001000"], Names(store.Folder));
    }

    [Fact]
    public async Task A_step_saved_again_takes_over_and_the_older_copy_stays_until_pruned()
    {
        var store = Store();
        await store.SaveAsync(CheckpointSamples.AtStep(7), Token);
        string second = await store.SaveAsync(CheckpointSamples.AtStep(7, best: true), Token);

        Assert.Equal("step-00000007-2", Path.GetFileName(second));
        LoadedCheckpoint loaded = await store.LoadLatestAsync(Token);
        Assert.Equal(second, loaded.Directory);
        Assert.True(loaded.Checkpoint.IsBest);
        Assert.Equal(["best", "latest", "step-00000007", "step-00000007-2"], Names(store.Folder));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("step-00000001\n")]
    [InlineData("step-00000099\n")]
    [InlineData("../../etc/passwd")]
    public async Task A_missing_or_stale_latest_file_does_not_matter(string? text)
    {
        var store = Store();
        await store.SaveAsync(CheckpointSamples.AtStep(1), Token);
        await store.SaveAsync(CheckpointSamples.AtStep(2), Token);
        File.Delete(InFolder("latest"));
        if (text is not null)
            await File.WriteAllTextAsync(InFolder("latest"), text, Token);
        Assert.Equal(2, (await store.LoadLatestAsync(Token)).Checkpoint.Step);
    }

    [Fact]
    public async Task Left_over_temporary_files_are_ignored_and_cleaned_up_by_the_next_save()
    {
        var store = Store();
        string saved = await store.SaveAsync(CheckpointSamples.AtStep(1), Token);
        string left = Directory.CreateDirectory(InFolder(".tmp-9-4711")).FullName;
        foreach (string file in Directory.GetFiles(saved))
            File.Copy(file, Path.Combine(left, Path.GetFileName(file)));
        await File.WriteAllTextAsync(InFolder(".tmp-latest-4711"), "step", Token);

        Assert.Equal(saved, (await store.LoadLatestAsync(Token)).Directory);
        await store.SaveAsync(CheckpointSamples.AtStep(2), Token);
        Assert.Equal(["latest", "step-00000001", "step-00000002"], Names(store.Folder));
    }

    [Fact]
    public async Task A_checkpoint_found_damaged_does_not_push_a_sound_one_out()
    {
        var store = Store();
        await store.SaveAsync(CheckpointSamples.AtStep(1), Token);
        string damaged = await store.SaveAsync(CheckpointSamples.AtStep(2), Token);
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(damaged, "model.safetensors"), Token);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(damaged, "model.safetensors"), bytes, Token);

        LoadedCheckpoint loaded = await store.LoadLatestAsync(Token);
        await store.SaveAsync(CheckpointSamples.AtStep(3), Token);

        Assert.Equal(1, loaded.Checkpoint.Step);
        Assert.Equal([$"The checkpoint '{damaged}' cannot be used: 'model.safetensors' does not match its SHA-256 in the manifest."], loaded.Skipped);
        Assert.Equal(["latest", "step-00000001", "step-00000002", "step-00000003"], Names(store.Folder));
    }

    [Fact]
    public async Task A_pruned_link_goes_but_not_what_it_points_to()
    {
        DirectoryInfo elsewhere = _run.CreateSubdirectory("elsewhere");
        string moved = Path.Combine(elsewhere.FullName, "moved");
        Directory.Move(await Store(keep: 1).SaveAsync(CheckpointSamples.AtStep(1), Token), moved);
        Directory.CreateSymbolicLink(InFolder("step-00000001"), moved);

        string second = await Store(keep: 1).SaveAsync(CheckpointSamples.AtStep(2), Token);

        Assert.Equal(["latest", "step-00000002"], Names(InFolder("")));
        CheckpointSamples.AssertSame(CheckpointSamples.AtStep(1), (await CheckpointStore.LoadAsync(moved, Token)).Checkpoint);

        Directory.CreateSymbolicLink(Path.Combine(second, "link"), moved);
        Directory.CreateSymbolicLink(InFolder(".tmp-link"), moved);
        await Store(keep: 1).SaveAsync(CheckpointSamples.AtStep(3), Token);

        Assert.Equal(["latest", "step-00000003"], Names(InFolder("")));
        CheckpointSamples.AssertSame(CheckpointSamples.AtStep(1), (await CheckpointStore.LoadAsync(moved, Token)).Checkpoint);
    }

    [Fact]
    public async Task Nothing_saved_is_one_sentence_that_names_the_folder()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Store().LoadLatestAsync(Token));
        Assert.Equal($"The folder '{InFolder("")}' holds no checkpoint.", error.Message);
        await Store().SaveAsync(CheckpointSamples.AtStep(1), Token);
        error = await Assert.ThrowsAsync<InvalidInputException>(() => Store().LoadBestAsync(Token));
        Assert.Equal($"The folder '{InFolder("")}' holds no checkpoint marked best.", error.Message);
    }

    [Fact]
    public async Task Saves_at_the_same_time_queue_up()
    {
        var store = Store(keep: 20);
        await Task.WhenAll(Enumerable.Range(1, 12).Select(step => Task.Run(() => store.SaveAsync(CheckpointSamples.AtStep(step), Token), Token)));
        for (int step = 1; step <= 12; step++)
            CheckpointSamples.AssertSame(CheckpointSamples.AtStep(step), (await CheckpointStore.LoadAsync(InFolder($"step-{step:D8}"), Token)).Checkpoint);
    }

    [Fact]
    public async Task The_manifest_reads_well()
    {
        string directory = await Store().SaveAsync(CheckpointSamples.AtStep(20), Token);
        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(directory, "manifest.json"), Token));
        JsonElement root = manifest.RootElement;
        Assert.Equal(
            ["formatVersion", "sequence", "writtenAtUtc", "step", "epoch", "sampler", "randomState", "optimizer", "isBest", "best", "model", "files"],
            root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(20, root.GetProperty("step").GetInt64());
        Assert.Equal(new FileInfo(Path.Combine(directory, "model.safetensors")).Length, root.GetProperty("files").GetProperty("model.safetensors").GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task A_checkpoint_that_could_not_be_read_back_is_refused()
    {
        NamedTensor tensor = new("a", [], new[] { 1f });
        Checkpoint[] wrong =
        [
            new() { Step = -1, Parameters = [] },
            new() { Step = 1, SamplerPosition = -1, Parameters = [] },
            new() { Step = 1, Parameters = [tensor, tensor] },
            new() { Step = 1, Parameters = [], OptimizerState = [tensor, tensor] },
            new() { Step = 1, Parameters = [], ModelDescription = "\ud800" },
            new() { Step = 1, Parameters = [], Best = new Dictionary<string, double> { ["\udc00"] = 1 } },
        ];
        foreach (Checkpoint checkpoint in wrong)
            await Assert.ThrowsAnyAsync<ArgumentException>(() => Store().SaveAsync(checkpoint, Token));
        Assert.False(Directory.Exists(InFolder("")));
    }

    private CheckpointStore Store(int keep = 2) => new(_run.FullName, keep, new FixedTime());

    private string InFolder(string name) => Path.TrimEndingDirectorySeparator(Path.Combine(_run.FullName, "checkpoints", name));

    private static IEnumerable<string?> Names(string folder) => Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private sealed class FixedTime : TimeProvider
    {
        public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
