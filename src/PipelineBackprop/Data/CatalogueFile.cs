namespace PipelineBackprop.Data;

/// <summary>One file of a data set that can be downloaded.</summary>
/// <param name="Name">Its name on disk, without folders.</param>
/// <param name="Urls">The addresses to try, in order; http or https.</param>
/// <param name="Sha256">The SHA-256 of its bytes as 64 hexadecimal digits; null means that it is not checked, only reported after the download.</param>
/// <param name="Bytes">Its size in bytes; null means that it is not known.</param>
public sealed record CatalogueFile(string Name, IReadOnlyList<Uri> Urls, string? Sha256 = null, long? Bytes = null);
