using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Which real device each device of a plan is, and what they share.</summary>
public sealed class PlanDevicesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, 4, "a b a b")]
    [InlineData(3, 3, "a b c")]
    [InlineData(3, 5, "a b c a b")]
    public void PlanDevices_FewerPinsThanDevices_BeginsAgain(int pins, int devices, string expected)
    {
        PipelineOptions options = Even(8) with { Devices = [.. "abc".Take(pins).Select(name => new NamedDevice($"{name}"))] };

        Assert.Equal(expected, string.Join(' ', PlanDevices.Of(options, devices).Select(device => device.Name)));
    }

    [Theory]
    [InlineData(1, 3, "a a a")]
    [InlineData(3, 3, "a b c")]
    [InlineData(2, 5, "a a a b b")]
    [InlineData(3, 2, "a b")]
    public void PlanDevices_Chooser_GivesEachCandidateItsOwnOrARun(int candidates, int devices, string expected)
    {
        PipelineOptions options = Even(8) with { Devices = [new Chooser([.. "abc".Take(candidates).Select(name => new NamedDevice($"{name}"))])] };

        Assert.Equal(expected, string.Join(' ', PlanDevices.Of(options, devices).Select(device => device.Name)));
    }

    [Fact]
    public async Task BestAsync_ChooserOfTwoDevices_SpreadsOverBothAndNoMore()
    {
        PipelineOptions options = Even(4) with { Devices = [new Chooser([new NamedDevice("a"), new NamedDevice("b")])] };

        PipelinePlan plan = (await new PipelinePlanner(options, new MadeUpProfiler(options)).BestAsync(64, cancellationToken: Token))!;

        Assert.Equal((2, 0, 1), (plan.Devices, plan.Stages[0].Memory, plan.Stages[1].Memory));
    }

    [Theory]
    [InlineData(4, 1, 1)]
    [InlineData(4, 3, 3)]
    [InlineData(2, 8, 2)]
    public void AtOnceOn_StagesOnOneProcessor_AreNoMoreThanItRuns(int stages, int cores, int expected)
    {
        DeviceSharing sharing = DeviceSharing.None(stages + 1) with { Processor = [.. Enumerable.Repeat(0, stages), 1], AtOnce = [cores, 5] };

        Assert.Equal(expected, sharing.AtOnceOn(0));
        Assert.Equal(1, sharing.AtOnceOn(stages));
    }

    private static PipelineOptions Even(int layers) => new() { Layers = [.. Enumerable.Range(0, layers).Select(_ => new DenseLayer(16, 16, Activation.Relu))] };

    private sealed class Chooser(IReadOnlyList<IDevice> candidates) : IDeviceChooser
    {
        public string Name => "auto";

        public bool BuffersOutliveCompute => false;

        public IReadOnlyList<IDevice> Candidates => candidates;

        public IReadOnlyList<IDevice> Choose(IReadOnlyList<StageDemand> stages, IReadOnlyList<IReadOnlyList<double>>? seconds = null) => throw new NotSupportedException();

        public ICompute Open(ComputeOptions options) => throw new NotSupportedException();
    }
}
