namespace PipelineBackprop.Data;

/// <summary>
/// A download that the network did not let finish. The message is one sentence that names file, address and cause; what has
/// arrived is kept, and the next attempt continues there.
/// </summary>
public sealed class DownloadException : IOException
{
    /// <summary>Creates the exception from its one sentence and the fault behind it.</summary>
    public DownloadException(string message, Exception? inner = null) : base(message, inner) { }
}
