using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Configuration;

namespace PipelineBackprop.Cli.Runs;

/// <summary>The folder of one run: effective settings, data description, metrics, summary, picture and checkpoints.</summary>
internal sealed class RunFolder
{
    private const int MostNamed = 8;

    private RunFolder(string path) => FullPath = path;

    /// <summary>The folder as the user wrote it.</summary>
    public string FullPath { get; }

    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(FullPath)));

    public string Config => Path.Combine(FullPath, "config.json");

    public string Data => Path.Combine(FullPath, "data.json");

    public string Metrics => Path.Combine(FullPath, "metrics.jsonl");

    public string Summary => Path.Combine(FullPath, "summary.json");

    public string LossCurve => Path.Combine(FullPath, "loss-curve.png");

    public string Timelines => Path.Combine(FullPath, "timeline");

    /// <summary>The folder of a new run, which <see cref="Begin"/> makes: NAME, or NAME-2, NAME-3 and so on where that is taken.</summary>
    public static RunFolder New(string runs, string name)
    {
        for (int number = 1; ; number++)
        {
            string path = Path.Combine(runs, number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"));
            if (!Directory.Exists(path) && !File.Exists(path)) return new RunFolder(path);
        }
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

    /// <summary>Makes the folder where it is not there and writes the settings and the description of the data.</summary>
    /// <exception cref="InvalidInputException">The folder cannot be made.</exception>
    public void Begin(RunFile run, DataDescription data)
    {
        try
        {
            Directory.CreateDirectory(FullPath);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The run folder {FullPath} cannot be made: {fault.Message.TrimEnd('.')}.", fault);
        }
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

    // A kill leaves either the old text or the new one.
    private static void WriteWhole(string path, string text)
    {
        File.WriteAllText(path + ".tmp", text);
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
