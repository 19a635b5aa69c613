using PipelineBackprop.Benchmarks.Turns;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests;

/// <summary>The words of <c>turns</c> that make no sense: exit code 2 and one sentence.</summary>
[Collection<ConsoleTests>]
public sealed class TurnsProgramTests
{
    [Theory]
    [InlineData(";", "turns was given no work, where one or more would be right: ")]
    [InlineData("step:784:16:1:1:1", "'784' are no widths; 784-256-10 are.")]
    [InlineData("layers:784:16:1:1", "'784' are no widths; 784-256-10 are.")]
    [InlineData("step:784-10:8:3:2:1", "'step:784-10:8:3:2:1' cannot be done: stages must be from 1 to the 1 layer of the model, got 3.")]
    [InlineData("predict:784-10:8:9999", "'9999' are too many threads; 1024 are the most.")]
    [InlineData("product:8x8x8:NN:99999", "'99999' are too many threads; 1024 are the most.")]
    [InlineData("sgd:0:1", "'0' is no number of at least 1.")]
    [InlineData("jump:1", "'jump:1' is no work; there are ")]
    public async Task Run_WorkThatMakesNoSense_IsRefusedInOneSentence(string works, string sentence)
    {
        TextWriter errors = Console.Error;
        using StringWriter refused = new();
        try
        {
            Console.SetError(refused);
            Assert.Equal(2, await TurnsProgram.RunAsync(["0.001", works, AppContext.BaseDirectory]));
        }
        finally
        {
            Console.SetError(errors);
        }

        Assert.StartsWith(sentence, refused.ToString(), StringComparison.Ordinal);
        Assert.Single(refused.ToString().TrimEnd().Split('\n'));
    }
}
