using System.CommandLine;
using PipelineBackprop.Configuration;

namespace PipelineBackprop.Cli.Commands;

/// <summary>Which data a command looks at: the built-in kinds with their defaults, a folder of IDX files, or that of a run file.</summary>
internal sealed class DataSource
{
    private readonly Option<string?> _kind = new("--kind") { Description = "digits, idx or linear.", HelpName = "KIND" };
    private readonly Option<string?> _run = new("--run-file") { Description = "Take the data of a run file.", HelpName = "RUNFILE" };
    private readonly Option<string?> _directory = CommonOptions.DataDirectory();
    private readonly Option<string[]> _set = CommonOptions.Set();

    public IEnumerable<Option> Options => [_kind, _run, _directory, _set];

    public RunData Load(ParseResult parsed, CancellationToken cancellationToken)
    {
        string? kind = parsed.GetValue(_kind), path = parsed.GetValue(_run), directory = parsed.GetValue(_directory);
        string[] settings = [.. parsed.GetValue(_set)!, .. CommonOptions.DataDirectoryOverride(directory)];
        if (kind is not null && path is not null) throw new InvalidInputException("Give either --kind or --run-file, not both.");
        if (kind == "csv") throw new InvalidInputException("--kind is csv, but rows need a file and the meaning of its columns; name a run file that has them with --run-file.");
        RunFile run = path is not null
            ? RunFile.Load(path, settings)
            : RunFile.Parse(AnyModel, "the command line", [$"data.kind=\"{kind ?? (directory is null ? "digits" : "idx")}\"", .. settings]);
        return RunData.Load(run, cancellationToken);
    }

    // Only the data of this run is used.
    private const string AnyModel = """{ "data": { "kind": "digits" }, "model": { "layers": [{ "kind": "dense", "outputs": 1 }], "loss": "huber" } }""";
}
