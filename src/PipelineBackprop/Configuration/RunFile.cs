using System.Text.Json;
using System.Text.Json.Serialization;
using PipelineBackprop.Configuration.Reading;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Configuration;

/// <summary>The settings of one run: data, model, optimizer, pipeline and training. Immutable and thread-safe.</summary>
public sealed record RunFile
{
    /// <summary>Where editors find the JSON schema of this file; ignored by the program.</summary>
    [JsonPropertyName("$schema")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Schema { get; init; }

    /// <summary>The name of the run and of its folder: letters, digits, '.', '_' and '-', not starting with '.'; default "run".</summary>
    public string Name { get; init; } = "run";

    /// <summary>The seed of everything random in training (start values, shuffling, dropout), at least 0; default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where the examples come from.</summary>
    public required DataSettings Data { get; init; }

    /// <summary>The layers and the loss.</summary>
    public required ModelSettings Model { get; init; }

    /// <summary>How gradients become steps; default plain gradient descent at 0.1.</summary>
    public OptimizerSettings Optimizer { get; init; } = new SgdOptimizerSettings();

    /// <summary>How the network is split into stages and a minibatch into micro-batches; default one stage, one micro-batch.</summary>
    public PipelineSettings Pipeline { get; init; } = new();

    /// <summary>How long and how often: minibatches, epochs, evaluation, checkpoints.</summary>
    public TrainingSettings Training { get; init; } = new();

    /// <summary>Runs the same network once per value of one setting and compares the results; default null, a single run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CompareSettings? Compare { get; init; }

    /// <summary>Reads a run file.</summary>
    /// <param name="path">The file: JSON with comments and trailing commas allowed.</param>
    /// <param name="overrides">Settings that replace those of the file, each as <c>optimizer.learningRate=0.05</c>.</param>
    /// <exception cref="InvalidInputException">The file cannot be read, or a setting is unknown, repeated, missing, of the wrong type or out of range.</exception>
    public static RunFile Load(string path, IReadOnlyList<string>? overrides = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(ReadText(path), path, overrides);
    }

    /// <summary>Reads the text of a run file; errors call it <paramref name="source"/>.</summary>
    /// <exception cref="InvalidInputException">A setting is unknown, repeated, missing, of the wrong type or out of range.</exception>
    public static RunFile Parse(string text, string source, IReadOnlyList<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(source);
        SettingsNode root = SettingsParser.Parse(text, source);
        foreach (string assignment in overrides ?? []) SettingsOverride.Apply(root, assignment);
        var run = (RunFile)SettingsBinder.Bind(root, typeof(RunFile));
        RunFileRules.Check(run, root);
        return run;
    }

    /// <summary>The effective settings as indented JSON, every default filled in; <see cref="Parse"/> reads them back to the same settings.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SettingsJson.Options) + "\n";

    /// <summary>The runs of a comparison, one a value of <see cref="Compare"/>, each a run file without one; this run alone where nothing is compared.</summary>
    public IReadOnlyList<RunFile> Variants() =>
        Compare is null ? [this] : [.. Enumerable.Range(0, Compare.Values.Count).Select(index => Variant(index, "the comparison"))];

    internal RunFile Variant(int index, string origin)
    {
        SettingsNode root = SettingsParser.TryParse((this with { Compare = null }).ToJson(), origin, path: "")!;
        SettingsOverride.Apply(root, $"{Compare!.Setting}={Compare.Values[index].GetRawText()}", origin);
        var variant = (RunFile)SettingsBinder.Bind(root, typeof(RunFile));
        RunFileRules.Check(variant, root);
        return variant;
    }

    /// <summary>These settings with paths of files and folders made absolute, so that they can be used from anywhere.</summary>
    public RunFile WithFullPaths() => this with { Data = Data.WithFullPaths(), Pipeline = Pipeline.WithFullPaths() };

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidInputException($"The run file {path} does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The run file {path} cannot be read: {FileFault.Words(path, e)}.", e);
        }
    }
}
