using System.Globalization;
using System.Text;

namespace PipelineBackprop.Checkpoints;

/// <summary>Writes one checkpoint after the other into a folder; see <see cref="CheckpointStore"/> for the order of the operations.</summary>
internal sealed class CheckpointWriter(string folder, int keep, TimeProvider time, FileOperations files)
{
    private const string TemporaryPrefix = ".tmp-";

    /// <summary>Saves a checkpoint and removes those that are no longer kept.</summary>
    /// <param name="checkpoint">The state; already checked.</param>
    /// <param name="damaged">Directories found damaged by a load; they do not count as kept.</param>
    /// <param name="cancellationToken">Honoured until the rename that makes the checkpoint count.</param>
    public async Task<string> SaveAsync(Checkpoint checkpoint, IReadOnlySet<string> damaged, CancellationToken cancellationToken)
    {
        files.CreateDirectory(folder);
        CleanUp();
        CheckpointListing present = await CheckpointListing.ReadAsync(folder, cancellationToken).ConfigureAwait(false);
        long sequence = 1 + present.NewestFirst.Select(directory => directory.Manifest.Sequence).DefaultIfEmpty(0).Max();
        string temporary = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{TemporaryPrefix}{checkpoint.Step}-{Environment.ProcessId}"));
        string final = FreeName(checkpoint.Step);
        try
        {
            await WriteAllAsync(temporary, checkpoint, sequence, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            files.MoveDirectory(temporary, final);
        }
        catch
        {
            if (Directory.Exists(temporary))
                files.TryDelete(temporary);
            throw;
        }
        if (checkpoint.IsBest)
            await PointAsync("best", final).ConfigureAwait(false);
        await PointAsync("latest", final).ConfigureAwait(false);
        await PruneAsync(damaged).ConfigureAwait(false);
        return final;
    }

    private async Task WriteAllAsync(string directory, Checkpoint checkpoint, long sequence, CancellationToken cancellationToken)
    {
        files.CreateDirectory(directory);
        var seals = new Dictionary<string, FileSeal>
        {
            [CheckpointDirectory.ModelFile] = await WriteTensorsAsync(CheckpointDirectory.ModelFile, checkpoint.Parameters).ConfigureAwait(false),
            [CheckpointDirectory.OptimizerFile] = await WriteTensorsAsync(CheckpointDirectory.OptimizerFile, checkpoint.OptimizerState).ConfigureAwait(false),
        };
        byte[] manifest = Manifest.Describe(checkpoint, sequence, time.GetUtcNow(), seals).ToJson();
        await files.WriteAsync(Path.Combine(directory, CheckpointDirectory.ManifestFile), manifest, cancellationToken).ConfigureAwait(false);
        await files.WriteAsync(Path.Combine(directory, CheckpointDirectory.ManifestHashFile), CheckpointDirectory.HashLine(manifest), cancellationToken).ConfigureAwait(false);

        Task<FileSeal> WriteTensorsAsync(string name, IReadOnlyList<NamedTensor> tensors) => files.WriteAsync(
            Path.Combine(directory, name), (stream, token) => SafetensorsWriter.WriteAsync(stream, tensors, null, token), cancellationToken);
    }

    /// <summary>Replaces a small text file that tells people and scripts which directory to look at; loading does not depend on it.</summary>
    private async Task PointAsync(string pointer, string target)
    {
        string temporary = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{TemporaryPrefix}{pointer}-{Environment.ProcessId}"));
        byte[] text = Encoding.UTF8.GetBytes(Path.GetFileName(target) + "\n");
        await files.WriteAsync(temporary, text, CancellationToken.None).ConfigureAwait(false);
        files.MoveFile(temporary, Path.Combine(folder, pointer));
    }

    /// <summary>Deletes what an interrupted save or deletion left behind.</summary>
    private void CleanUp()
    {
        foreach (string path in Directory.GetFileSystemEntries(folder, TemporaryPrefix + "*"))
            files.TryDelete(path);
    }

    /// <summary>The directory name of a step; a step saved before gets a suffix, because the older one stays until the newer is complete.</summary>
    private string FreeName(long step)
    {
        string name = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}"));
        string free = name;
        for (int i = 2; Path.Exists(free); i++)
            free = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        return free;
    }

    private async Task PruneAsync(IReadOnlySet<string> damaged)
    {
        List<CheckpointDirectory> whole = await ListWholeAsync().ConfigureAwait(false);
        whole.RemoveAll(directory => damaged.Contains(directory.FullPath));
        CheckpointDirectory? best = whole.Find(directory => directory.Manifest.IsBest);
        foreach (CheckpointDirectory directory in whole.Skip(keep).Where(directory => directory != best))
            Remove(directory.FullPath);
    }

    /// <summary>Renames before deleting, so that a half-deleted checkpoint never looks like one.</summary>
    private void Remove(string path)
    {
        string temporary = Path.Combine(folder, $"{TemporaryPrefix}delete-{Path.GetFileName(path)}");
        try
        {
            files.MoveDirectory(path, temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An old checkpoint that cannot go now does not make the new one fail; the next save tries again.
            return;
        }
        files.TryDelete(temporary);
    }

    private async Task<List<CheckpointDirectory>> ListWholeAsync()
    {
        CheckpointListing listing = await CheckpointListing.ReadAsync(folder, CancellationToken.None).ConfigureAwait(false);
        var whole = new List<CheckpointDirectory>();
        foreach (CheckpointDirectory directory in listing.NewestFirst)
        {
            try
            {
                directory.CheckLengths();
                whole.Add(directory);
            }
            catch (DamagedCheckpointException)
            {
                // Not complete: it neither counts as kept nor is it ours to delete.
            }
        }
        return whole;
    }
}
