using System.CommandLine;
using PipelineBackprop.Configuration;

namespace PipelineBackprop.Cli.Commands;

/// <summary>Arguments and options that several commands share, made anew for each.</summary>
internal static class CommonOptions
{
    public static Argument<string> RunFileArgument() => new("RUNFILE") { Description = "The run file, such as config/quickstart.json." };

    public static Argument<string> RunArgument() => new("RUN") { Description = "The folder of a run, or the name of a run in --runs." };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "Override a setting; may be given many times.",
        HelpName = "SETTING=VALUE",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> DataDirectory() => new("--data-dir") { Description = "The folder of the data files; replaces data.directory.", HelpName = "DIR" };

    public static Option<bool> Json() => new("--json") { Description = "Write one JSON object a line and nothing else." };

    public static Option<string> Runs() => new("--runs") { Description = "The folder that holds the runs.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };

    /// <summary>Reads a run file with the overrides of the command line.</summary>
    public static RunFile LoadRunFile(string path, IEnumerable<string> settings, string? dataDirectory) =>
        RunFile.Load(path, [.. settings, .. DataDirectoryOverride(dataDirectory)]);

    /// <summary>The override that --data-dir stands for.</summary>
    public static IEnumerable<string> DataDirectoryOverride(string? directory) =>
        directory is null ? [] : [$"data.directory={System.Text.Json.JsonSerializer.Serialize(directory)}"];
}
