using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Configuration;

namespace PipelineBackprop.Cli.Runs;

/// <summary>
/// The folder of one run: effective settings, data description, metrics, summary, picture and checkpoints. One that is opened to train is kept for this training until it is disposed.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const int MostNamed = 8;
    private readonly RunLock? _lock; // null where the folder is only read

    private RunFolder(string path, RunLock? held = null) => (FullPath, _lock) = (path, held);

    /// <summary>The folder as the user wrote it.</summary>
    public string FullPath { get; }

    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(FullPath)));

    public string Config => Path.Combine(FullPath, "config.json");

    public string Data => Path.Combine(FullPath, "data.json");

    public string Metrics => Path.Combine(FullPath, "metrics.jsonl");

    public string Summary => Path.Combine(FullPath, "summary.json");

    public string LossCurve => Path.Combine(FullPath, "loss-curve.png");

    public string Timelines => Path.Combine(FullPath, "timeline");

    /// <summary>Makes the folder of a new run and keeps it: NAME, or NAME-2, NAME-3 and so on where that is taken, be it at this moment.</summary>
    /// <exception cref="InvalidInputException">The folder cannot be made.</exception>
    public static RunFolder New(string runs, string name)
    {
        for (int number = 1; ; number++)
        {
            string path = Path.Combine(runs, number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"));
            if (Directory.Exists(path) || File.Exists(path)) continue;
            Make(path);
            // Another training may have made the same folder since, and have it or even have ended.
            if (RunLock.TryTake(path) is not { } held) continue;
            if (IsUnused(path)) return new RunFolder(path, held);
            held.Dispose();
        }
    }

    /// <summary>Opens the folder of a run that was begun before and keeps it.</summary>
    /// <exception cref="InvalidInputException">There is no such run, or another training has it.</exception>
    public static RunFolder Resume(string runs, string name)
    {
        RunFolder folder = Open(runs, Path.Combine(runs, name));
        return RunLock.TryTake(folder.FullPath) is { } held
            ? new RunFolder(folder.FullPath, held)
            : throw new InvalidInputException($"The run {folder.FullPath} is being trained by another process; wait until that has ended, or train a run of another name.");
    }

    /// <summary>Opens the folder of a run that was begun before: a path, or a name within <paramref name="runs"/>.</summary>
    public static RunFolder Open(string runs, string run)
    {
        foreach (string path in (ReadOnlySpan<string>)[run, Path.Combine(runs, run)])
            if (File.Exists(Path.Combine(path, "config.json"))) return new RunFolder(path);
        string[] inside = [.. RunsInside(run), .. RunsInside(Path.Combine(runs, run))];
        if (inside.Length > 0)
            throw new InvalidInputException($"The folder {run} holds no run itself, but these: {string.Join(", ", inside.Take(MostNamed))}{(inside.Length > MostNamed ? ", …" : "")}; give one of them.");
        string found = Directory.Exists(run) || Directory.Exists(Path.Combine(runs, run)) ? "holds no config.json" : "does not exist";
        throw new InvalidInputException($"The run folder {run} {found}, neither here nor in {runs}; train a run first.");
    }

    // A comparison keeps its runs in folders of their own.
    private static IEnumerable<string> RunsInside(string folder) => !Directory.Exists(folder) ? []
        : Directory.GetDirectories(folder).Where(path => File.Exists(Path.Combine(path, "config.json"))).Order(StringComparer.Ordinal);

    private static void Make(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The run folder {path} cannot be made: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    private static bool IsUnused(string path) => Directory.EnumerateFileSystemEntries(path).All(entry => Path.GetFileName(entry) == RunLock.FileName);

    /// <summary>Writes the settings and the description of the data.</summary>
    public void Begin(RunFile run, DataDescription data)
    {
        WriteWhole(Config, (run.WithFullPaths() with { Schema = null }).ToJson());
        WriteWhole(Data, JsonSerializer.Serialize(data, JsonLines.Options) + "\n");
    }

    /// <summary>The settings of the run, changed where the command line says so.</summary>
    public RunFile ReadConfig(IReadOnlyList<string> overrides) => RunFile.Load(Config, overrides);

    /// <summary>What the data of the run looks like.</summary>
    public DataDescription ReadData()
    {
        try
        {
            DataDescription? data = JsonSerializer.Deserialize<DataDescription>(File.ReadAllText(Data), JsonLines.Options);
            return data is { Name: not null, InputWidth: > 0, TargetWidth: > 0, ClassCount: >= 0 }
                ? data
                : throw new InvalidInputException($"{Data} does not describe the data of the run: it needs a name, an inputWidth and a targetWidth.");
        }
        catch (JsonException fault)
        {
            throw new InvalidInputException(
                string.Create(CultureInfo.InvariantCulture, $"{Data}, line {(fault.LineNumber ?? 0) + 1}, {fault.Path ?? "$"}: this does not describe the data of a run."), fault);
        }
        catch (FileNotFoundException fault)
        {
            throw new InvalidInputException($"{Data} does not exist, but must describe the data of the run; train the run again.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{Data} cannot be read: {fault.Message.TrimEnd('.').ReplaceLineEndings(" ")}.", fault);
        }
    }

    public void WriteSummary(RunSummary summary) => WriteWhole(Summary, JsonSerializer.Serialize(summary, new JsonSerializerOptions(JsonLines.Options) { WriteIndented = true }) + "\n");

    /// <summary>The step that the summary is of; null where there is none yet that can be read.</summary>
    public long? SummarizedStep()
    {
        try
        {
            return File.Exists(Summary) ? JsonNode.Parse(File.ReadAllText(Summary))?["steps"]?.GetValue<long>() : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The store of the run's checkpoints.</summary>
    public CheckpointStore Checkpoints(int keep = 2) => new(FullPath, keep);

    /// <summary>Lets another training have the folder; one in which no run has begun is removed.</summary>
    public void Dispose()
    {
        if (_lock is null) return;
        try
        {
            if (IsUnused(FullPath)) Directory.Delete(FullPath, recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // An empty folder is left.
        }
        _lock.Dispose();
    }

    // A kill leaves either the old text or the new one.
    private static void WriteWhole(string path, string text)
    {
        File.WriteAllText(path + ".tmp", text);
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
