using System.CommandLine;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>data show|get|info</c>: looks at data sets and downloads them.</summary>
internal sealed class DataCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples) => new("data", "Look at data sets and download them.")
    {
        new DataShowCommand().Build(environment, examples),
        new DataInfoCommand().Build(environment, examples),
        new DataGetCommand().Build(environment, examples),
    };
}
