using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>A folder of IDX files, plain or .gz, under the names MNIST uses.</summary>
public sealed record IdxDataSettings : DataSettings
{
    /// <summary>The folder, relative to the current one; the program's --data-dir replaces it. Default "data".</summary>
    public string Directory { get; init; } = "data";

    /// <summary>Train on the first so many examples, at least 1; default null, all of the training files.</summary>
    [SettingRange(1)]
    public int? TrainCount { get; init; }

    /// <summary>Test on the last so many examples, at least 1; default null, all of the test files.</summary>
    [SettingRange(1)]
    public int? TestCount { get; init; }

    internal override DataSettings WithFullPaths() => this with { Directory = Path.GetFullPath(Directory) };
}
