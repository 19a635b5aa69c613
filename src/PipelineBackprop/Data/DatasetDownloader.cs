using System.Globalization;
using System.Security.Cryptography;

namespace PipelineBackprop.Data;

/// <summary>
/// Downloads the files of a catalogue entry. Bytes go to FILE.part and FILE appears, by renaming, only when size and SHA-256 are right; a
/// download that was cut off or cancelled keeps its part and is continued by the next call. Thread-safe for different folders.
/// </summary>
public sealed class DatasetDownloader
{
    private readonly PartDownload _parts;

    /// <summary>Creates a downloader.</summary>
    /// <param name="client">What to ask with; stays the caller's to dispose.</param>
    /// <param name="attempts">How often each address is tried, each time from where the last one ended; at least 1, default 3.</param>
    /// <param name="stallTimeout">How long to wait for the next bytes; default 30 seconds.</param>
    public DatasetDownloader(HttpClient client, int attempts = 3, TimeSpan? stallTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempts);
        TimeSpan stall = stallTimeout ?? TimeSpan.FromSeconds(30);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(stall, TimeSpan.Zero);
        _parts = new PartDownload(client, attempts, stall);
    }

    /// <summary>Downloads all files of a data set into a folder, which is made if it is not there.</summary>
    /// <exception cref="InvalidInputException">A folder that cannot be made or stands in a file's place, or a file whose size or hash is not the catalogue's; its part is deleted.</exception>
    /// <exception cref="DownloadException">The network failed; what has arrived is kept.</exception>
    public async Task<IReadOnlyList<DownloadedFile>> DownloadAsync(
        CatalogueEntry entry, string directory, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var files = new List<DownloadedFile>(entry.Files.Count);
        foreach (CatalogueFile file in entry.Files)
            files.Add(await DownloadAsync(file, directory, progress, cancellationToken).ConfigureAwait(false));
        return files;
    }

    /// <summary>Downloads one file into a folder; a file that is already there and right is left alone, a wrong one is replaced once the right one is complete.</summary>
    /// <exception cref="InvalidInputException">The folder cannot be made, another stands in the file's place, or size or hash are not the catalogue's; the part is deleted.</exception>
    /// <exception cref="DownloadException">The network failed; what has arrived is kept.</exception>
    public async Task<DownloadedFile> DownloadAsync(
        CatalogueFile file, string directory, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        MakeFolder(directory);
        string path = Path.Combine(directory, file.Name), part = path + ".part";
        if (Directory.Exists(path)) throw new InvalidInputException($"{path}: it is a folder, but the download needs that name for a file.");
        if (File.Exists(path))
        {
            (long size, string hash) = await MeasureAsync(path, cancellationToken).ConfigureAwait(false);
            if (Fault(file, size, hash) is null)
            {
                progress?.Report(new DownloadProgress(file.Name, size, size));
                return new DownloadedFile(path, size, hash, file.Sha256 is not null, AlreadyThere: true);
            }
        }
        await _parts.FetchAsync(file, part, progress, cancellationToken).ConfigureAwait(false);
        (long bytes, string sha256) = await MeasureAsync(part, cancellationToken).ConfigureAwait(false);
        if (Fault(file, bytes, sha256) is string fault)
        {
            File.Delete(part);
            throw new InvalidInputException($"{path}: {fault}, so the download was thrown away.");
        }
        File.Move(part, path, overwrite: true);
        return new DownloadedFile(path, bytes, sha256, file.Sha256 is not null, AlreadyThere: false);
    }

    private static void MakeFolder(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{directory}: the folder cannot be made ({(File.Exists(directory) ? "it is a file" : fault.Message.TrimEnd('.'))}), but the download needs a folder it may write to.", fault);
        }
    }

    private static string? Fault(CatalogueFile file, long bytes, string sha256)
    {
        if (file.Bytes is long expected && bytes != expected)
            return string.Create(CultureInfo.InvariantCulture, $"the file has {bytes} bytes, but the catalogue expects {expected}");
        return file.Sha256 is null || string.Equals(file.Sha256, sha256, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"the file has the SHA-256 {sha256}, but the catalogue expects {file.Sha256}";
    }

    private static async Task<(long Bytes, string Sha256)> MeasureAsync(string path, CancellationToken cancellationToken)
    {
        FileStream stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            byte[] hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
            return (stream.Length, Convert.ToHexStringLower(hash));
        }
    }
}
