using Spectre.Console;

namespace PipelineBackprop.Cli;

/// <summary>All that the program sees of the outside, so that a test can be it.</summary>
internal sealed class CliEnvironment
{
    public required TextReader Input { get; init; }

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    public required Interruption Interruption { get; init; }

    /// <summary>Whether a person watches: progress is then drawn in place.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether failures are reported with all their details.</summary>
    public bool Debug { get; set; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the client that downloads ask.</summary>
    public Func<HttpClient> CreateHttpClient { get; init; } = static () => new HttpClient { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The console, pipes and signals of this process.</summary>
    public static CliEnvironment OfProcess(Interruption interruption) => new()
    {
        Input = Console.In,
        Output = Console.Out,
        Error = Console.Error,
        Interruption = interruption,
        IsTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
        Debug = Environment.GetEnvironmentVariable("PIPELINEBACKPROP_DEBUG") is not (null or "" or "0"),
    };

    /// <summary>A console over a writer: colours and live drawing on a terminal, plain text without line breaks otherwise.</summary>
    public IAnsiConsole ConsoleOver(TextWriter writer)
    {
        bool terminal = IsTerminal && ReferenceEquals(writer, Output);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!terminal) console.Profile.Width = 240;
        return console;
    }
}
