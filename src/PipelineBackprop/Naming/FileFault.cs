namespace PipelineBackprop.Naming;

/// <summary>Says in a few words why a file or folder cannot be used, to stand in a sentence beside the path, without a full stop.</summary>
public static class FileFault
{
    /// <summary>The words for a fault of the file system: "it is a folder", "the access is denied".</summary>
    /// <param name="path">What was to be read or written.</param>
    /// <param name="fault">What the file system said.</param>
    public static string Words(string path, Exception fault) => fault switch
    {
        _ when Directory.Exists(path) => "it is a folder",
        DirectoryNotFoundException => $"there is no folder {Path.GetDirectoryName(path)}",
        UnauthorizedAccessException => "the access is denied",
        _ => fault.Message.TrimEnd('.').ReplaceLineEndings(" "),
    };

    /// <summary>The words where the sentence does not say that something was to be read: "there is no such file", "it cannot be read (…)".</summary>
    /// <inheritdoc cref="Words"/>
    public static string OfReading(string path, Exception fault) => fault switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => Words(path, fault),
        _ when Directory.Exists(path) => Words(path, fault),
        _ => $"it cannot be read ({Words(path, fault)})",
    };
}
