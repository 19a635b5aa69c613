using System.Security.Cryptography;
using System.Text.Json.Nodes;
using CsCheck;
using PipelineBackprop.Checkpoints;
using Xunit;

namespace PipelineBackprop.Tests.Checkpoints;

/// <summary>Damages the newest checkpoint: a load says what is wrong in one sentence, and falls back where there is an older one.</summary>
public sealed class CheckpointDamageTests : IDisposable
{
    private readonly DirectoryInfo _run = Directory.CreateTempSubdirectory("checkpoints");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(_run.FullName, "checkpoints");

    private string Newest => Path.Combine(Folder, "step-00000002");

    public void Dispose() => _run.Delete(recursive: true);

    [Theory]
    [InlineData("model.safetensors", "delete", "'model.safetensors' is missing")]
    [InlineData("model.safetensors", "empty", "'model.safetensors' has 0 bytes, where the manifest says *")]
    [InlineData("model.safetensors", "truncate", "'model.safetensors' has * bytes, where the manifest says *")]
    [InlineData("model.safetensors", "extend", "'model.safetensors' has * bytes, where the manifest says *")]
    [InlineData("model.safetensors", "flip first", "'model.safetensors' does not match its SHA-256 in the manifest")]
    [InlineData("model.safetensors", "flip middle", "'model.safetensors' does not match its SHA-256 in the manifest")]
    [InlineData("model.safetensors", "flip last", "'model.safetensors' does not match its SHA-256 in the manifest")]
    [InlineData("model.safetensors", "directory", "'model.safetensors' is missing")]
    [InlineData("optimizer.safetensors", "delete", "'optimizer.safetensors' is missing")]
    [InlineData("optimizer.safetensors", "empty", "'optimizer.safetensors' has 0 bytes, where the manifest says *")]
    [InlineData("optimizer.safetensors", "truncate", "'optimizer.safetensors' has * bytes, where the manifest says *")]
    [InlineData("optimizer.safetensors", "extend", "'optimizer.safetensors' has * bytes, where the manifest says *")]
    [InlineData("optimizer.safetensors", "flip first", "'optimizer.safetensors' does not match its SHA-256 in the manifest")]
    [InlineData("optimizer.safetensors", "flip middle", "'optimizer.safetensors' does not match its SHA-256 in the manifest")]
    [InlineData("optimizer.safetensors", "flip last", "'optimizer.safetensors' does not match its SHA-256 in the manifest")]
    [InlineData("manifest.json", "delete", "'manifest.json' is missing")]
    [InlineData("manifest.json", "empty", "'manifest.json' does not match its SHA-256 in 'manifest.sha256'")]
    [InlineData("manifest.json", "truncate", "'manifest.json' does not match its SHA-256 in 'manifest.sha256'")]
    [InlineData("manifest.json", "extend", "'manifest.json' does not match its SHA-256 in 'manifest.sha256'")]
    [InlineData("manifest.json", "flip middle", "'manifest.json' does not match its SHA-256 in 'manifest.sha256'")]
    [InlineData("manifest.json", "directory", "'manifest.json' cannot be read (*)")]
    [InlineData("manifest.sha256", "delete", "'manifest.sha256' is missing")]
    [InlineData("manifest.sha256", "empty", "'manifest.json' does not match its SHA-256 in 'manifest.sha256'")]
    [InlineData("manifest.sha256", "truncate", "'manifest.json' does not match its SHA-256 in 'manifest.sha256'")]
    [InlineData("manifest.sha256", "flip first", "'manifest.json' does not match its SHA-256 in 'manifest.sha256'")]
    public async Task A_damaged_file_is_named_and_the_previous_checkpoint_is_read(string file, string damage, string reason)
    {
        await SaveTwoAsync();
        Damage(Path.Combine(Newest, file), damage);
        await AssertPassedOverAsync(reason);
    }

    /// <summary>A manifest that lies but carries the right hash.</summary>
    [Theory]
    [InlineData("formatVersion", "2", "'manifest.json' has formatVersion 2, where 1 can be read")]
    [InlineData("formatVersion", "\"1\"", "'manifest.json' has formatVersion \"1\", where 1 can be read")]
    [InlineData("formatVersion", null, "'manifest.json' has no formatVersion")]
    [InlineData("step", "-1", "'manifest.json' has a negative step, epoch or sampler position, or a sequence below 1")]
    [InlineData("step", "1.5", "'manifest.json' is not a manifest at '$.step', line *")]
    [InlineData("step", null, "'manifest.json' is not a manifest at '*', line *")]
    [InlineData("sequence", "0", "'manifest.json' has a negative step, epoch or sampler position, or a sequence below 1")]
    [InlineData("sampler", "null", "'manifest.json' is not a manifest at '*', line *")]
    [InlineData("randomState", "{\"a\":1e300}", "'manifest.json' is not a manifest at '$.randomState*', line *")]
    [InlineData("writtenAtUtc", "\"yesterday\"", "'manifest.json' is not a manifest at '$.writtenAtUtc', line *")]
    [InlineData("surprise", "1", "'manifest.json' is not a manifest at '$.surprise', line *")]
    [InlineData("files", "{}", "'manifest.json' says nothing about 'model.safetensors'")]
    [InlineData("files", "{\"../x\":{\"bytes\":1,\"sha256\":\"\"}}", "'manifest.json' says nothing about 'model.safetensors'")]
    [InlineData("files", "{\"model.safetensors\":null}", "'manifest.json' says nothing about 'model.safetensors'")]
    public async Task A_sealed_manifest_that_lies_is_named(string key, string? value, string reason)
    {
        await SaveTwoAsync();
        string path = Path.Combine(Newest, "manifest.json");
        JsonObject manifest = JsonNode.Parse(await File.ReadAllTextAsync(path, Token))!.AsObject();
        manifest.Remove(key);
        if (value is not null)
            manifest[key] = JsonNode.Parse(value);
        await SealAsync(manifest.ToJsonString());
        await AssertPassedOverAsync(reason);
    }

    [Theory]
    [InlineData("[]", "'manifest.json' has no formatVersion")]
    [InlineData("null", "'manifest.json' has no formatVersion")]
    [InlineData("", "'manifest.json' is not a manifest at '$', line 1")]
    [InlineData("{\"formatVersion\":1,\"formatVersion\":1}", "'manifest.json' is not a manifest at '*', line *")]
    public async Task A_sealed_text_that_is_no_manifest_is_named(string text, string reason)
    {
        await SaveTwoAsync();
        await SealAsync(text);
        await AssertPassedOverAsync(reason);
    }

    [Fact]
    public async Task A_sealed_safetensors_file_that_lies_is_named()
    {
        await SaveTwoAsync();
        byte[] liar = SafetensorsBytes.File("""{"a":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}}""");
        await File.WriteAllBytesAsync(Path.Combine(Newest, "model.safetensors"), liar, Token);
        JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Newest, "manifest.json"), Token))!;
        manifest["files"]!["model.safetensors"] = new JsonObject { ["bytes"] = liar.Length, ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(liar)) };
        await SealAsync(manifest.ToJsonString());
        await AssertPassedOverAsync("The safetensors file 'model.safetensors' gives tensor 'a' the dtype 'I8', where F32, F64, F16 or BF16 can be read");
    }

    [Fact]
    public async Task All_damaged_names_each_file_and_reason()
    {
        await SaveTwoAsync();
        Damage(Path.Combine(Newest, "model.safetensors"), "delete");
        Damage(Path.Combine(Folder, "step-00000001", "optimizer.safetensors"), "flip last");
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => new CheckpointStore(_run.FullName).LoadLatestAsync(Token));
        Assert.Equal(
            $"No checkpoint in '{Folder}' can be used: in 'step-00000002' 'model.safetensors' is missing; "
            + "in 'step-00000001' 'optimizer.safetensors' does not match its SHA-256 in the manifest.", error.Message);
    }

    [Fact]
    public async Task Random_changes_of_any_file_are_never_taken_for_the_checkpoint()
    {
        await SaveTwoAsync();
        string[] files = Directory.GetFiles(Newest);
        byte[][] contents = [.. files.Select(File.ReadAllBytes)];
        await (from file in Gen.Int[0, files.Length - 1]
               from place in Gen.Int[0, int.MaxValue]
               from bit in Gen.Int[0, 7]
               select (file, place, bit)).SampleAsync(async (file, place, bit) =>
        {
            byte[] changed = [.. contents[file]];
            changed[place % changed.Length] ^= (byte)(1 << bit);
            await File.WriteAllBytesAsync(files[file], changed, Token);
            LoadedCheckpoint loaded = await new CheckpointStore(_run.FullName).LoadLatestAsync(Token);
            await File.WriteAllBytesAsync(files[file], contents[file], Token);
            CheckpointSamples.AssertSame(CheckpointSamples.AtStep(1), loaded.Checkpoint);
        }, iter: 200, threads: 1);
    }

    private async Task SaveTwoAsync()
    {
        var store = new CheckpointStore(_run.FullName);
        await store.SaveAsync(CheckpointSamples.AtStep(1), Token);
        Assert.Equal(Newest, await store.SaveAsync(CheckpointSamples.AtStep(2), Token));
    }

    private async Task SealAsync(string manifest)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(manifest);
        await File.WriteAllBytesAsync(Path.Combine(Newest, "manifest.json"), bytes, Token);
        await File.WriteAllBytesAsync(Path.Combine(Newest, "manifest.sha256"), CheckpointDirectory.HashLine(bytes), Token);
    }

    /// <summary>The reason appears when the checkpoint is asked for by name, and as the note of a load that fell back.</summary>
    private async Task AssertPassedOverAsync(string reason)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => CheckpointStore.LoadAsync(Newest, Token));
        string pattern = $"^{System.Text.RegularExpressions.Regex.Escape($"The checkpoint '{Newest}' cannot be used: {reason}.").Replace("\\*", "[^\n]*", StringComparison.Ordinal)}$";
        Assert.Matches(pattern, error.Message);

        LoadedCheckpoint loaded = await new CheckpointStore(_run.FullName).LoadLatestAsync(Token);
        CheckpointSamples.AssertSame(CheckpointSamples.AtStep(1), loaded.Checkpoint);
        Assert.Equal([error.Message], loaded.Skipped);
    }

    private static void Damage(string path, string damage)
    {
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        switch (damage)
        {
            case "delete": return;
            case "directory": Directory.CreateDirectory(path); return;
            case "empty": bytes = []; break;
            case "truncate": bytes = bytes[..^1]; break;
            case "extend": bytes = [.. bytes, 0]; break;
            case "flip first": bytes[0] ^= 1; break;
            case "flip middle": bytes[bytes.Length / 2] ^= 1; break;
            case "flip last": bytes[^1] ^= 0x80; break;
            default: throw new ArgumentOutOfRangeException(nameof(damage), damage, "unknown damage");
        }
        File.WriteAllBytes(path, bytes);
    }
}
