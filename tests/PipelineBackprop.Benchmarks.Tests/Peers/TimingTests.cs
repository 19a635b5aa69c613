using PipelineBackprop.Peers;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Peers;

/// <summary>How peers that take turns time themselves.</summary>
[Collection<ConsoleTests>]
public sealed class TimingTests : IDisposable
{
    private readonly TextReader _input = Console.In;
    private readonly TextWriter _output = Console.Out;

    [Fact]
    public void Of_TurnsThatReachTheMostSteps_TimesEveryTurn()
    {
        Console.SetIn(new StringReader("\n\n\n\n"));
        Console.SetOut(new StringWriter());
        int runs = 0;

        Timing timing = Timing.Of(() => runs++, PeerOptions.Parse(["--weights", "w", "--data", "d", "--warmups", "0", "--steps", "2", "--seconds", "1000", "--turns"]));

        Assert.Equal((4, 8), (timing.Turns.Count, timing.Samples));
        Assert.Equal(4 * (1 + 2), runs); // the first of each turn is not timed
    }

    public void Dispose()
    {
        Console.SetIn(_input);
        Console.SetOut(_output);
    }
}
