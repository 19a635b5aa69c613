using System.CommandLine;

namespace PipelineBackprop.Cli.Commands;

/// <summary>One command of the program.</summary>
internal interface ICliCommand
{
    /// <summary>Makes the command and adds its examples, and those of its own commands, to what help shows.</summary>
    Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples);
}
