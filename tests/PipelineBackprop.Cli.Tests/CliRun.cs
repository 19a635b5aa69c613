using System.Globalization;
using System.Text.Json;

namespace PipelineBackprop.Cli.Tests;

/// <summary>What one use of the program left: exit code and texts.</summary>
internal sealed record CliRun(int Code, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public JsonElement[] Json => [.. Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    /// <summary>Runs the program in this process.</summary>
    public static Task<CliRun> OfAsync(params string[] arguments) => WithInputAsync("", arguments);

    /// <summary>Runs the program in this process with a text on its standard input.</summary>
    public static async Task<CliRun> WithInputAsync(string input, params string[] arguments)
    {
        using var interruption = new Interruption();
        return await WithAsync(interruption, new StringWriter(CultureInfo.InvariantCulture), input, null, arguments);
    }

    /// <summary>Runs the program in this process with everything given.</summary>
    public static Task<CliRun> WithAsync(
        Interruption interruption, StringWriter output, string input, Func<HttpClient>? createHttpClient, params string[] arguments) =>
        WithAsync(interruption, output, new StringReader(input), createHttpClient, arguments);

    /// <summary>Runs the program in this process with everything given, and a standard input that need not be there at once.</summary>
    public static async Task<CliRun> WithAsync(
        Interruption interruption, StringWriter output, TextReader input, Func<HttpClient>? createHttpClient, params string[] arguments)
    {
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var environment = new CliEnvironment
        {
            Input = input,
            Output = output,
            Error = error,
            Interruption = interruption,
            CreateHttpClient = createHttpClient ?? (static () => throw new InvalidOperationException("This test must not use the network.")),
        };
        int code = await CliApplication.RunAsync(arguments, environment);
        return new CliRun(code, output.ToString(), error.ToString());
    }
}
