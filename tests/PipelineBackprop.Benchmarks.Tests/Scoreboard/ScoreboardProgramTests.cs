using PipelineBackprop.Benchmarks.Scoreboard;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Scoreboard;

/// <summary>The program <c>bench</c>.</summary>
[Collection<ConsoleTests>]
public sealed class ScoreboardProgramTests
{
    [Fact]
    public async Task Run_FolderThatCannotBe_IsRefusedBeforeAnythingIsMeasured()
    {
        string file = Path.GetTempFileName(), folder = Path.Combine(file, "folder");
        try
        {
            (int exitCode, string printed, string refused) = await RunAsync("--quick", "--only", "products", "--out", folder);

            Assert.Equal((2, ""), (exitCode, printed));
            Assert.StartsWith($"The results cannot be written to {folder}: ", refused, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Its table would say Tf32 and Bf16 of what the processor computes in float32, and steps of 4096 wide layers take it hours.
    [Fact]
    public async Task Run_ProcessorAsDevice_IsRefused() => Assert.Equal(
        (2, "", $"--device is 'cpu', where another device would be right; without --device the processor is measured.{Environment.NewLine}"), await RunAsync("--quick", "--device", "cpu"));

    private static async Task<(int ExitCode, string Printed, string Refused)> RunAsync(params string[] words)
    {
        TextWriter output = Console.Out, errors = Console.Error;
        using StringWriter printed = new(), refused = new();
        try
        {
            Console.SetOut(printed);
            Console.SetError(refused);
            return (await ScoreboardProgram.RunAsync(words), printed.ToString(), refused.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
