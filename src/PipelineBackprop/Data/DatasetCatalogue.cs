using System.Text.Json;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Data;

/// <summary>
/// The data sets that can be downloaded, read from a JSON file: { "datasets": [ { "name", "title", "licence", "files": [ { "name",
/// "urls", "sha256", "bytes" } ] } ] }. "sha256": null means that the hash is not checked, only reported after the download.
/// Immutable and thread-safe.
/// </summary>
public sealed class DatasetCatalogue
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = false,
    };

    private readonly string _path;

    private DatasetCatalogue(string path, IReadOnlyList<CatalogueEntry> entries) => (_path, Entries) = (path, entries);

    /// <summary>All data sets in file order.</summary>
    public IReadOnlyList<CatalogueEntry> Entries { get; }

    /// <summary>Reads and checks a catalogue file.</summary>
    /// <exception cref="InvalidInputException">A missing file, JSON that cannot be read, or an entry that cannot be used.</exception>
    public static DatasetCatalogue Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CatalogueDocument? document;
        try
        {
            using FileStream stream = File.OpenRead(path);
            document = JsonSerializer.Deserialize<CatalogueDocument>(stream, s_json);
        }
        catch (JsonException fault)
        {
            throw new InvalidInputException($"{path}, line {(fault.LineNumber ?? 0) + 1}, {fault.Path ?? "$"}: the JSON does not describe a catalogue of data sets.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: {FileFault.OfReading(path, fault)}, but the catalogue of data sets should be there.", fault);
        }
        if (document?.Datasets is not { Count: > 0 } entries) throw new InvalidInputException($"{path}: \"datasets\" is empty, but at least one data set is needed.");
        foreach (CatalogueEntry entry in entries) Require(entry, path);
        RequireOnce(entries.Select(entry => entry.Name), path, "data set");
        return new DatasetCatalogue(path, entries);
    }

    /// <summary>The data set of that name, without regard to case.</summary>
    /// <exception cref="InvalidInputException">No such data set; suggests the nearest name.</exception>
    public CatalogueEntry Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        CatalogueEntry? found = Entries.FirstOrDefault(entry => string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase));
        if (found is not null) return found;
        string[] names = [.. Entries.Select(entry => entry.Name)];
        string hint = NearestName.Of(name, names) is string near ? $"the nearest name is {CsvFault.Quote(near)}" : $"it knows {CsvFault.List(names)}";
        throw new InvalidInputException($"{_path}: there is no data set {CsvFault.Quote(name)}, {hint}.");
    }

    private static void Require(CatalogueEntry? entry, string path)
    {
        if (string.IsNullOrWhiteSpace(entry?.Name)) throw new InvalidInputException($"{path}: a data set has no \"name\", but each needs one.");
        if (entry.Files is not { Count: > 0 }) throw new InvalidInputException($"{path}: data set {entry.Name} lists no \"files\", but at least one is needed.");
        foreach (CatalogueFile file in entry.Files) Require(file, $"{path}: data set {entry.Name}, file {CsvFault.Quote(file?.Name ?? "")}");
        RequireOnce(entry.Files.Select(file => file.Name), $"{path}: data set {entry.Name}", "file");
    }

    // Names are found, and on some machines files are stored, without regard to case.
    private static void RequireOnce(IEnumerable<string> names, string place, string what)
    {
        if (names.CountBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(pair => pair.Value > 1).Key is string twice)
            throw new InvalidInputException($"{place}: the {what} {CsvFault.Quote(twice)} is listed twice, but each needs a name of its own.");
    }

    private static void Require(CatalogueFile? file, string place)
    {
        // A catalogue must not be able to write outside the folder it is meant for.
        if (string.IsNullOrWhiteSpace(file?.Name) || file.Name is "." or ".." || file.Name.AsSpan().IndexOfAny("/\\:\0") >= 0)
            throw new InvalidInputException($"{place} must be named without folders.");
        if (file.Urls is not { Count: > 0 }) throw new InvalidInputException($"{place} lists no \"urls\", but at least one address is needed.");
        foreach (Uri url in file.Urls)
        {
            if (url is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
                throw new InvalidInputException($"{place} has the address {CsvFault.Quote(url?.OriginalString ?? "")}, but it must begin with http:// or https://.");
        }
        if (file.Sha256 is { } hash && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)))
            throw new InvalidInputException($"{place} has a \"sha256\" of {hash.Length} characters ({CsvFault.Quote(hash)}), but 64 hexadecimal digits or null are needed.");
        if (file.Bytes is < 1) throw new InvalidInputException($"{place} has {file.Bytes} \"bytes\", but at least 1 or null is needed.");
    }

    private sealed record CatalogueDocument(IReadOnlyList<CatalogueEntry> Datasets);
}
