namespace PipelineBackprop.Data;

/// <summary>A file that is complete on disk.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Sha256">The SHA-256 of its bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Verified">Whether the catalogue knows the hash, so that it was checked.</param>
/// <param name="AlreadyThere">Whether it was there before and nothing was downloaded.</param>
public sealed record DownloadedFile(string Path, long Bytes, string Sha256, bool Verified, bool AlreadyThere);
