namespace PipelineBackprop.Checkpoints;

/// <summary>Every change that a save makes on disk, one method each.</summary>
/// <param name="before">Called with a name before each operation; tests throw from it to play a crash.</param>
/// <param name="open">Opens a file for writing; tests watch what reaches the disk through it.</param>
internal sealed class FileOperations(Action<string>? before = null, Func<string, FileStream>? open = null)
{
    private static readonly EnumerationOptions s_withoutLinks = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Creates a directory and those above it.</summary>
    public void CreateDirectory(string path)
    {
        Announce("create directory", path);
        Directory.CreateDirectory(path);
    }

    /// <summary>Writes a file and flushes it to disk; returns the length and hash of what was written.</summary>
    public async Task<FileSeal> WriteAsync(string path, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        Announce("create", path);
        FileStream file = open?.Invoke(path) ?? new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            var hashing = new HashingStream(file, () => Announce("write", path));
            await using (hashing.ConfigureAwait(false))
            {
                await write(hashing, cancellationToken).ConfigureAwait(false);
                Announce("flush", path);
                file.Flush(flushToDisk: true);
                return hashing.Seal();
            }
        }
    }

    /// <summary>Writes bytes to a file and flushes it to disk.</summary>
    public Task<FileSeal> WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        WriteAsync(path, (stream, token) => stream.WriteAsync(bytes, token).AsTask(), cancellationToken);

    // Directories are not flushed: .NET opens no handle on one, and a journalling file system keeps renames and deletions in their order.

    /// <summary>Renames a directory; the new name must be free.</summary>
    public void MoveDirectory(string from, string to)
    {
        Announce("rename directory", to);
        Directory.Move(from, to);
    }

    /// <summary>Renames a file over another.</summary>
    public void MoveFile(string from, string to)
    {
        Announce("rename", to);
        File.Move(from, to, overwrite: true);
    }

    /// <summary>
    /// Deletes a file or a directory with all it holds; false when something could not be deleted, which the next save tries again. Of a symbolic link
    /// only the link goes: what it points to is not ours.
    /// </summary>
    public bool TryDelete(string path)
    {
        try
        {
            if (!Directory.Exists(path))
            {
                Announce("delete", path);
                File.Delete(path);
                return true;
            }
            if (new DirectoryInfo(path).LinkTarget is not null)
            {
                Announce("delete", path);
                Directory.Delete(path);
                return true;
            }
            foreach (string file in Directory.GetFiles(path, "*", s_withoutLinks))
            {
                Announce("delete", file);
                File.Delete(file);
            }
            Announce("delete directory", path);
            Directory.Delete(path, recursive: true);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Announce(string what, string path) => before?.Invoke($"{what} {Path.GetFileName(path)}");
}
