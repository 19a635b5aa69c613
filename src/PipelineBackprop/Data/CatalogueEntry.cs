namespace PipelineBackprop.Data;

/// <summary>One data set that can be downloaded.</summary>
/// <param name="Name">What the user calls it, for example "fashion-mnist".</param>
/// <param name="Title">What it is, in one line, or null.</param>
/// <param name="Licence">Under which terms it may be used, or null.</param>
/// <param name="Files">Its files, at least one.</param>
public sealed record CatalogueEntry(string Name, string? Title, string? Licence, IReadOnlyList<CatalogueFile> Files);
