using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using PipelineBackprop.Cli.Commands;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Cli;

/// <summary>The program: arguments in, an exit code out. It never throws.</summary>
internal static partial class CliApplication
{
    private const string Name = "pipelinebackprop";

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliEnvironment environment)
    {
        try
        {
            RootCommand root = CommandTree.Build(environment);
            ParseResult parsed = root.Parse(arguments.Count == 0 ? ["--help"] : arguments);
            RequireNoOptionForAnArgument(parsed);
            if (parsed.Errors.Count > 0) throw new InvalidInputException(Explain(parsed));
            RequireNoEmptyValue(parsed);
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = environment.Output,
                    Error = environment.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null, // signals are ours
                },
                environment.Interruption.Abort);
        }
        catch (OperationCanceledException) when (environment.Interruption.Stop.IsCancellationRequested)
        {
            return await ReportAsync("Interrupted.", null, ExitCode.Interrupted);
        }
        catch (InvalidInputException fault)
        {
            return await ReportAsync(OneLine(fault), fault, ExitCode.BadInput);
        }
        catch (Exception fault)
        {
            return await ReportAsync($"{Name} failed: {OneLine(fault)}", fault, ExitCode.Failed);
        }

        async Task<int> ReportAsync(string sentence, Exception? fault, int code)
        {
            await environment.Error.WriteLineAsync(sentence);
            if (environment.Debug && fault is not null) await environment.Error.WriteLineAsync(fault.ToString());
            await environment.Error.FlushAsync();
            return code;
        }
    }

    private static string Explain(ParseResult parsed)
    {
        string command = string.Join(' ', Path(parsed.CommandResult));
        return parsed.UnmatchedTokens.Count == 0 ? $"{InWords(parsed.Errors[0])}; see {command} --help." : NoSuch(parsed, parsed.UnmatchedTokens[0]);
    }

    private static string NoSuch(ParseResult parsed, string token)
    {
        string command = string.Join(' ', Path(parsed.CommandResult));
        string what = token.StartsWith('-') ? "option" : parsed.CommandResult.Command.Subcommands.Count > 0 ? "command" : "argument";
        string hint = Nearest(parsed.CommandResult.Command, token) is { } nearest ? $"did you mean {nearest}?" : $"see {command} --help.";
        return $"'{command}' has no {what} '{token}'; {hint}";
    }

    // The parser says which .NET type it expected.
    private static string InWords(ParseError error) => ExpectedType().Replace(error.Message.TrimEnd('.').ReplaceLineEndings(" "), error.SymbolResult switch
    {
        OptionResult option => InWords(option.Option.ValueType),
        ArgumentResult argument => InWords(argument.Argument.ValueType),
        _ => "another value",
    });

    private static string InWords(Type type)
    {
        Type single = type.IsArray ? type.GetElementType()! : type;
        single = Nullable.GetUnderlyingType(single) ?? single;
        return single.IsEnum ? string.Join(" or ", Enum.GetNames(single).Select(name => name.ToLowerInvariant()))
            : single == typeof(int) || single == typeof(long) ? "a whole number"
            : single == typeof(double) ? "a number"
            : single == typeof(bool) ? "true or false"
            : "another value";
    }

    // For a choice the parser adds a second sentence with the names as they are in the code.
    [GeneratedRegex("expected type '[^']*'.*")]
    private static partial Regex ExpectedType();

    // The parser takes an option that it does not know for an argument that is still open. A file of such a name can be written ./--name.
    private static void RequireNoOptionForAnArgument(ParseResult parsed)
    {
        IEnumerable<Token> tokens = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens);
        if (tokens.FirstOrDefault(token => token.Value is ['-', _, ..]) is { } option) throw new InvalidInputException(NoSuch(parsed, option.Value));
    }

    private static void RequireNoEmptyValue(ParseResult parsed)
    {
        SymbolResult? empty = parsed.CommandResult.Children.FirstOrDefault(child => child.Tokens.Any(token => token.Value.Length == 0));
        string? name = empty switch { OptionResult option => option.Option.Name, ArgumentResult argument => argument.Argument.Name, _ => null };
        if (name is not null) throw new InvalidInputException($"{name} is empty, but needs a value; see {string.Join(' ', Path(parsed.CommandResult))} --help.");
    }

    private static string? Nearest(Command command, string token) =>
        NearestName.Of(token, token.StartsWith('-') ? command.Options.Select(option => option.Name) : command.Subcommands.Select(subcommand => subcommand.Name));

    private static IEnumerable<string> Path(CommandResult result) =>
        result.Parent is CommandResult parent ? Path(parent).Append(result.Command.Name) : [Name];

    // A person reads one line; the rest is shown with --verbose.
    private static string OneLine(Exception fault)
    {
        string message = fault.Message.ReplaceLineEndings(" ").Trim();
        return message.EndsWith('.') || message.EndsWith('?') ? message : message + ".";
    }
}
