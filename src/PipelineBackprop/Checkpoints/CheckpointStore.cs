using System.Collections.Immutable;

namespace PipelineBackprop.Checkpoints;

/// <summary>
/// The checkpoints of one run folder: <c>checkpoints/step-00001234/</c> with <c>model.safetensors</c>, <c>optimizer.safetensors</c>,
/// <c>manifest.json</c> (all else, and length and SHA-256 of both) and <c>manifest.sha256</c>.
/// <para>A save writes everything under a temporary name, flushes each file to disk, renames the directory, replaces the small text files <c>latest</c>
/// and <c>best</c>, and only then removes old checkpoints: a kill at any moment leaves the last complete checkpoint readable.</para>
/// <para>The newest checkpoint is the one saved last, whatever its step. A load checks every hash and passes over what is damaged.</para>
/// <para>One process writes a run folder at a time; within the process the store is thread-safe (saves queue up).</para>
/// </summary>
public sealed class CheckpointStore
{
    private readonly CheckpointWriter _writer;
    private readonly SemaphoreSlim _oneSave = new(1);
    private ImmutableHashSet<string> _damaged = [];

    /// <summary>Opens the store of a run folder; nothing is read or created yet.</summary>
    /// <param name="runFolder">The run's folder; checkpoints live in its sub-folder <c>checkpoints</c>.</param>
    /// <param name="keep">How many of the newest checkpoints stay; at least 1, default 2. The newest marked best stays as well.</param>
    /// <param name="time">The clock for the manifest; default the system's.</param>
    public CheckpointStore(string runFolder, int keep = 2, TimeProvider? time = null)
        : this(runFolder, keep, time ?? TimeProvider.System, new FileOperations()) { }

    internal CheckpointStore(string runFolder, int keep, TimeProvider time, FileOperations files)
    {
        ArgumentException.ThrowIfNullOrEmpty(runFolder);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        Folder = Path.Combine(Path.GetFullPath(runFolder), "checkpoints");
        _writer = new CheckpointWriter(Folder, keep, time, files);
    }

    /// <summary>The full path of the folder that holds the checkpoints.</summary>
    public string Folder { get; }

    /// <summary>Saves a checkpoint and removes those that are no longer kept.</summary>
    /// <param name="checkpoint">The state; its tensors must not change before the save is done.</param>
    /// <param name="cancellationToken">Leaves the checkpoints as they were; after the rename that makes the new one count it has no effect.</param>
    /// <returns>The full path of the new checkpoint's directory.</returns>
    /// <exception cref="ArgumentException">A counter is negative, two tensors share a name, or a text is not well-formed.</exception>
    /// <exception cref="IOException">A file cannot be written, such as on a full disk; the checkpoints are as they were, or the new one is complete.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to; the same holds.</exception>
    public async Task<string> SaveAsync(Checkpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        CheckpointChecks.Check(checkpoint);
        await _oneSave.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _writer.SaveAsync(checkpoint, _damaged, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneSave.Release();
        }
    }

    /// <summary>Reads the newest checkpoint that is complete and undamaged.</summary>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="InvalidInputException">There is no checkpoint, or all of them are damaged; the message names the files and the reasons.</exception>
    public Task<LoadedCheckpoint> LoadLatestAsync(CancellationToken cancellationToken = default) => LoadNewestAsync(false, cancellationToken);

    /// <summary>Reads the newest undamaged checkpoint that was marked best.</summary>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="InvalidInputException">There is none, or all of them are damaged; the message names the files and the reasons.</exception>
    public Task<LoadedCheckpoint> LoadBestAsync(CancellationToken cancellationToken = default) => LoadNewestAsync(true, cancellationToken);

    /// <summary>Reads the checkpoint of one directory.</summary>
    /// <param name="directory">A directory such as <c>runs/NAME/checkpoints/step-00001234</c>.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="InvalidInputException">The directory does not hold a complete and undamaged checkpoint.</exception>
    public static async Task<LoadedCheckpoint> LoadAsync(string directory, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        try
        {
            CheckpointDirectory found = await CheckpointDirectory.OpenAsync(Path.GetFullPath(directory), cancellationToken).ConfigureAwait(false);
            return await LoadAsync(found, [], cancellationToken).ConfigureAwait(false);
        }
        catch (DamagedCheckpointException error)
        {
            throw new InvalidInputException(Sentence(directory, error.Message), error);
        }
    }

    private async Task<LoadedCheckpoint> LoadNewestAsync(bool onlyBest, CancellationToken cancellationToken)
    {
        CheckpointListing listing = await CheckpointListing.ReadAsync(Folder, cancellationToken).ConfigureAwait(false);
        List<(string Path, string Reason)> damaged = [.. listing.Damaged];
        foreach (CheckpointDirectory directory in listing.NewestFirst.Where(directory => directory.Manifest.IsBest || !onlyBest))
        {
            try
            {
                return await LoadAsync(directory, [.. damaged.Select(item => Sentence(item.Path, item.Reason))], cancellationToken).ConfigureAwait(false);
            }
            catch (DamagedCheckpointException error)
            {
                damaged.Add((directory.FullPath, error.Message));
                // A checkpoint known to be damaged must not push a sound one out of those kept.
                ImmutableInterlocked.Update(ref _damaged, (known, path) => known.Add(path), directory.FullPath);
            }
        }
        throw new InvalidInputException(NothingToLoad(damaged, onlyBest ? "checkpoint marked best" : "checkpoint"));
    }

    private static async Task<LoadedCheckpoint> LoadAsync(CheckpointDirectory directory, IReadOnlyList<string> skipped, CancellationToken cancellationToken)
    {
        Checkpoint checkpoint = await directory.LoadAsync(cancellationToken).ConfigureAwait(false);
        return new LoadedCheckpoint(checkpoint, directory.FullPath, directory.Manifest.WrittenAtUtc.ToUniversalTime(), skipped);
    }

    private string NothingToLoad(List<(string Path, string Reason)> damaged, string what) => damaged switch
    {
        [] => $"The folder '{Folder}' holds no {what}.",
        [var (path, reason)] => Sentence(path, reason),
        _ => $"No {what} in '{Folder}' can be used: {string.Join("; ", damaged.Select(item => $"in '{Path.GetFileName(item.Path)}' {item.Reason}"))}.",
    };

    private static string Sentence(string path, string reason) => $"The checkpoint '{path}' cannot be used: {reason}.";
}
