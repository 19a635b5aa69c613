using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PipelineBackprop.Cli.Commands;

/// <summary>The usual help, followed by examples of the command.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyDictionary<Command, string[]> examples) : SynchronousCommandLineAction
{
    /// <summary>Help is about the command, so what else was typed does not matter.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>The examples of a command that only has commands: the first of each.</summary>
    public static string[] FirstOfEach(Command command, IDictionary<Command, string[]> examples) => [.. command.Subcommands.Select(part => examples[part][0])];

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        if (!examples.TryGetValue(parseResult.CommandResult.Command, out string[]? lines)) return code;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string line in lines) output.WriteLine($"  {line}");
        output.WriteLine();
        return code;
    }
}
