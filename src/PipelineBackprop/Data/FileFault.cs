namespace PipelineBackprop.Data;

/// <summary>Says in a few words why a file or folder cannot be used.</summary>
internal static class FileFault
{
    /// <summary>The words for a fault of the file system, to stand in a sentence after the path.</summary>
    public static string Reason(string path, Exception fault) => fault switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        _ when Directory.Exists(path) => "it is a folder",
        UnauthorizedAccessException => "the access is denied",
        _ => $"it cannot be read ({fault.Message.TrimEnd('.').ReplaceLineEndings(" ")})",
    };
}
