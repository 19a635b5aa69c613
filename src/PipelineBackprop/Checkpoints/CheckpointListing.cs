namespace PipelineBackprop.Checkpoints;

/// <summary>The checkpoints in a folder.</summary>
/// <param name="NewestFirst">Those with a sound manifest, the latest save first.</param>
/// <param name="Damaged">The directories whose manifest cannot be used, with the reason.</param>
internal sealed record CheckpointListing(IReadOnlyList<CheckpointDirectory> NewestFirst, IReadOnlyList<(string Path, string Reason)> Damaged)
{
    /// <summary>Reads the manifests of a folder; a folder that does not exist holds no checkpoints.</summary>
    public static async Task<CheckpointListing> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        var sound = new List<CheckpointDirectory>();
        var damaged = new List<(string, string)>();
        foreach (string path in Directories(folder))
        {
            try
            {
                sound.Add(await CheckpointDirectory.OpenAsync(path, cancellationToken).ConfigureAwait(false));
            }
            catch (DamagedCheckpointException error)
            {
                damaged.Add((path, error.Message));
            }
        }
        List<CheckpointDirectory> ordered = [.. sound
            .OrderByDescending(directory => directory.Manifest.Sequence)
            .ThenByDescending(directory => directory.Manifest.Step)
            .ThenByDescending(directory => directory.FullPath, StringComparer.Ordinal)];
        return new CheckpointListing(ordered, damaged);
    }

    private static string[] Directories(string folder)
    {
        try
        {
            return [.. Directory.GetDirectories(folder, "step-*").OrderByDescending(path => path, StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The checkpoint folder '{folder}' cannot be read: {error.Message}", error);
        }
    }
}
