using PipelineBackprop.Benchmarks.Scoreboard;
using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Benchmarks.Scoreboard.Sections;
using Xunit;

namespace PipelineBackprop.Benchmarks.Tests.Scoreboard;

/// <summary>Which peers are compared: those whose numbers are ours.</summary>
public sealed class EqualWorkTests
{
    private static readonly double[] s_ours = [2, 1];
    private readonly SectionRun _run = new(Depth.Full, peers: null);

    [Theory]
    [InlineData(2, 1.00009, true)]
    [InlineData(2, 1.00011, false)]
    [InlineData(2, double.NaN, false)]
    [InlineData(double.NaN, double.NaN, false)]
    public void Equal_Losses_AreComparedOneByOne(double first, double second, bool isEqual)
    {
        IReadOnlyList<PeerResult> equal = EqualWork.Equal(_run, [Peer(first, second)], s_ours, relativeToLargest: false, "the losses");

        Assert.Equal((isEqual ? 1 : 0, isEqual ? 0 : 1, isEqual ? 1 : 0), (equal.Count, _run.Faults.Count, _run.Notes.Count));
    }

    [Theory]
    [InlineData(1.00019, true)]
    [InlineData(1.00021, false)]
    public void Equal_Outputs_AreComparedWithTheLargest(double second, bool isEqual) =>
        Assert.Equal(isEqual, EqualWork.Equal(_run, [Peer(2, second)], s_ours, relativeToLargest: true, "the outputs").Count == 1);

    [Fact]
    public void Equal_FewerNumbers_AreNotEqual()
    {
        Assert.Empty(EqualWork.Equal(_run, [Peer(2)], s_ours, relativeToLargest: false, "the losses"));
        Assert.Single(_run.Faults);
    }

    private static PeerResult Peer(params double[] numbers) => new("here", 1, 1, [1], numbers, new Dictionary<string, string>());
}
