using System.CommandLine;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>data show|get|info</c>: looks at data sets and downloads them.</summary>
internal sealed class DataCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var command = new Command("data", "Look at data sets and download them.");
        foreach (ICliCommand part in (ICliCommand[])[new DataShowCommand(), new DataInfoCommand(), new DataGetCommand()])
            command.Add(part.Build(environment, examples));
        examples[command] = HelpWithExamples.FirstOfEach(command, examples);
        return command;
    }
}
