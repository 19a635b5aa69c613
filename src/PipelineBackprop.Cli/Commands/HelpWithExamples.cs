using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PipelineBackprop.Cli.Commands;

/// <summary>The usual help, followed by examples of the command.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyDictionary<Command, string[]> examples) : SynchronousCommandLineAction
{
    /// <summary>Help is about the command, so what else was typed does not matter.</summary>
    public override bool ClearsParseErrors => true;

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
