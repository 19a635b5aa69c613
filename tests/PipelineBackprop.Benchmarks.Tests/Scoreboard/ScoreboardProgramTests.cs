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
        TextWriter output = Console.Out, errors = Console.Error;
        using StringWriter printed = new(), refused = new();
        string file = Path.GetTempFileName(), folder = Path.Combine(file, "folder");
        try
        {
            Console.SetOut(printed);
            Console.SetError(refused);
            Assert.Equal(2, await ScoreboardProgram.RunAsync(["--quick", "--only", "products", "--out", folder]));
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
            File.Delete(file);
        }

        Assert.StartsWith($"The results cannot be written to {folder}: ", refused.ToString(), StringComparison.Ordinal);
        Assert.Equal("", printed.ToString());
    }
}
