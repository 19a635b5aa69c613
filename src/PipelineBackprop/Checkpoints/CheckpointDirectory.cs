using System.Security.Cryptography;
using System.Text;

namespace PipelineBackprop.Checkpoints;

/// <summary>One checkpoint on disk whose manifest has been read and matches its own hash.</summary>
internal sealed class CheckpointDirectory
{
    public const string ModelFile = "model.safetensors";
    public const string OptimizerFile = "optimizer.safetensors";
    public const string ManifestFile = "manifest.json";
    public const string ManifestHashFile = "manifest.sha256";

    private const long MaxManifestBytes = 64 << 20;

    private CheckpointDirectory(string path, Manifest manifest) => (FullPath, Manifest) = (path, manifest);

    public string FullPath { get; }

    public Manifest Manifest { get; }

    /// <summary>The text that seals a manifest, in the form that <c>sha256sum -c</c> reads.</summary>
    public static byte[] HashLine(ReadOnlySpan<byte> manifest) =>
        Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(SHA256.HashData(manifest))}  {ManifestFile}\n");

    /// <summary>Reads the manifest.</summary>
    /// <exception cref="DamagedCheckpointException">It is missing, does not match its hash, or is not a manifest.</exception>
    public static async Task<CheckpointDirectory> OpenAsync(string path, CancellationToken cancellationToken)
    {
        byte[] manifest = await ReadSmallAsync(path, ManifestFile, cancellationToken).ConfigureAwait(false);
        byte[] hash = await ReadSmallAsync(path, ManifestHashFile, cancellationToken).ConfigureAwait(false);
        if (!hash.AsSpan().SequenceEqual(HashLine(manifest)))
            throw new DamagedCheckpointException($"'{ManifestFile}' does not match its SHA-256 in '{ManifestHashFile}'");
        return new CheckpointDirectory(path, Manifest.FromJson(manifest));
    }

    /// <summary>Compares the lengths of the files with the manifest; this reads no data.</summary>
    /// <exception cref="DamagedCheckpointException">A file is missing or has another length.</exception>
    public void CheckLengths()
    {
        foreach (string name in (string[])[ModelFile, OptimizerFile])
        {
            if (!Manifest.Files.TryGetValue(name, out FileSeal? seal) || seal is null)
                throw new DamagedCheckpointException($"'{ManifestFile}' says nothing about '{name}'");
            var file = new FileInfo(Path.Combine(FullPath, name));
            if (!file.Exists)
                throw new DamagedCheckpointException($"'{name}' is missing");
            if (file.Length != seal.Bytes)
                throw new DamagedCheckpointException($"'{name}' has {file.Length} bytes, where the manifest says {seal.Bytes}");
        }
    }

    /// <summary>Reads everything and compares it with the manifest.</summary>
    /// <exception cref="DamagedCheckpointException">A file is missing, does not match its seal, or does not hold tensors.</exception>
    public async Task<Checkpoint> LoadAsync(CancellationToken cancellationToken)
    {
        CheckLengths();
        IReadOnlyList<NamedTensor> parameters = await ReadTensorsAsync(ModelFile, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<NamedTensor> state = await ReadTensorsAsync(OptimizerFile, cancellationToken).ConfigureAwait(false);
        return Manifest.ToCheckpoint(parameters, state);
    }

    private async Task<IReadOnlyList<NamedTensor>> ReadTensorsAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var stream = new FileStream(Path.Combine(FullPath, name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
            await using (stream.ConfigureAwait(false))
            {
                byte[] hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
                if (Convert.ToHexStringLower(hash) != Manifest.Files[name].Sha256)
                    throw new DamagedCheckpointException($"'{name}' does not match its SHA-256 in the manifest");
                stream.Position = 0;
                return (await SafetensorsReader.ReadAsync(stream, name, cancellationToken).ConfigureAwait(false)).Tensors;
            }
        }
        catch (InvalidInputException error)
        {
            throw new DamagedCheckpointException(error.Message.TrimEnd('.'), error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DamagedCheckpointException($"'{name}' cannot be read ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static async Task<byte[]> ReadSmallAsync(string directory, string name, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileInfo(Path.Combine(directory, name));
            if (file.Exists && file.Length > MaxManifestBytes)
                throw new DamagedCheckpointException($"'{name}' has {file.Length} bytes, where at most {MaxManifestBytes} are allowed");
            return await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DamagedCheckpointException($"'{name}' is missing", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DamagedCheckpointException($"'{name}' cannot be read ({error.Message.TrimEnd('.')})", error);
        }
    }
}
