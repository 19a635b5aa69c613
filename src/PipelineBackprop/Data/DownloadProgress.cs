namespace PipelineBackprop.Data;

/// <summary>How far the download of one file has come.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Bytes">Bytes on disk so far, resumed ones included.</param>
/// <param name="Total">Bytes of the whole file, or null when nobody told.</param>
public readonly record struct DownloadProgress(string File, long Bytes, long? Total);
