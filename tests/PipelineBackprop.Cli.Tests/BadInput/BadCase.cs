using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>One bad input: how to make it and call the program with it, and what its one sentence must say.</summary>
/// <param name="Prepare">Writes files into the sandbox and returns the arguments.</param>
/// <param name="Says">Texts that the sentence must contain: the file or setting, the value found, what would be right.</param>
internal sealed partial record BadCase(Func<Sandbox, string[]> Prepare, params string[] Says)
{
    /// <summary>What comes in by standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>Proves promise 7: one sentence, exit code 2, nothing lost.</summary>
    public async Task ProveAsync(TrainedRuns? trained = null)
    {
        using var sandbox = new Sandbox(trained);
        string[] arguments = Prepare(sandbox);
        string[] before = sandbox.Contents();

        CliRun outcome = await RunAsync(Input, arguments);

        TestContext.Current.TestOutputHelper?.WriteLine(outcome.Error);
        Assert.True(outcome.Code == 2, $"Exit code {outcome.Code}: {outcome.Error}");
        RequireOneSentence(outcome.Error);
        foreach (string text in Says) Assert.Contains(text, outcome.Error, StringComparison.Ordinal);
        RequireSilence(outcome.Output, arguments.Contains("--json"));
        Assert.Equal(before, sandbox.Contents());
    }

    /// <summary>Runs the program with a client that reaches servers on this machine.</summary>
    public static async Task<CliRun> RunAsync(string input, params string[] arguments)
    {
        using var interruption = new Interruption();
        return await CliRun.WithAsync(interruption, new StringWriter(), input, static () => new HttpClient(), arguments);
    }

    private static void RequireOneSentence(string error)
    {
        Assert.EndsWith(Environment.NewLine, error, StringComparison.Ordinal);
        string sentence = error[..^Environment.NewLine.Length];
        Assert.DoesNotContain('\n', sentence);
        Assert.DoesNotContain('\r', sentence);
        Assert.Matches("[.?]$", sentence);
        Assert.DoesNotMatch(SecondSentence(), sentence);
        Assert.DoesNotContain("Exception", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(" at PipelineBackprop", sentence, StringComparison.Ordinal);
    }

    private static void RequireSilence(string output, bool json)
    {
        if (!json)
        {
            Assert.Equal("", output);
            return;
        }
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries)) JsonDocument.Parse(line).Dispose();
    }

    [GeneratedRegex(@"[.?!]\s+\p{Lu}")]
    private static partial Regex SecondSentence();
}
