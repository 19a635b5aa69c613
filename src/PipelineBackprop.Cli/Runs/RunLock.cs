namespace PipelineBackprop.Cli.Runs;

/// <summary>
/// Keeps a run folder for one training at a time, by a lock that the operating system holds on the file <c>.lock</c> in it and lets go of when the process ends, however
/// it ends. The file stays: a lock on one that is removed and made anew could be held twice.
/// </summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>The name of the file.</summary>
    public const string FileName = ".lock";

    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock of an existing folder; null while another training has it.</summary>
    /// <exception cref="InvalidInputException">The folder cannot be written to.</exception>
    public static RunLock? TryTake(string folder)
    {
        try
        {
            return new RunLock(new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException fault) when (IsHeld(fault))
        {
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The run folder {folder} cannot be written to: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    public void Dispose() => _file.Dispose();

    // EWOULDBLOCK of Linux and of macOS, a sharing violation of Windows.
    private static bool IsHeld(IOException fault) => fault.HResult is 11 or 35 or unchecked((int)0x80070020);
}
