namespace PipelineBackprop.Cli.Output;

/// <summary>Says in a few words why a file cannot be written.</summary>
internal static class WriteFault
{
    /// <summary>The words for a fault of the file system, to stand at the end of a sentence, without its full stop.</summary>
    public static string Reason(string path, Exception fault) => fault switch
    {
        _ when Directory.Exists(path) => "it is a folder",
        DirectoryNotFoundException => $"there is no folder {Path.GetDirectoryName(path)}",
        UnauthorizedAccessException => "the access is denied",
        _ => fault.Message.TrimEnd('.').ReplaceLineEndings(" "),
    };
}
