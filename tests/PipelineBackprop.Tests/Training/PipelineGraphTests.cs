using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

public sealed class PipelineGraphTests
{
    private static readonly PipelineOptions s_options = new()
    {
        Layers = [new DenseLayer(4, 8), new DenseLayer(8, 8), new DenseLayer(8, 8), new DenseLayer(8, 3)],
        Stages = 2,
        Schedule = "interleaved-1f1b",
        Devices = [new NamedDevice("a"), new NamedDevice("b")],
        WeightDecay = new WeightDecay(0.1),
    };

    [Fact]
    public void Stages_HaveTheDeviceOfTheirLane() =>
        Assert.Equal(["a", "b", "a", "b"], PipelineGraph.Of(s_options, 8).Stages.Select(stage => stage.Device));

    [Fact]
    public void Decay_OfAnOptimizerThatDecouplesIt_IsNotPartOfTheObjective()
    {
        Assert.Contains("s", PipelineGraph.Of(s_options, 8).Nodes.Select(node => node.Id));
        Assert.DoesNotContain("s", PipelineGraph.Of(s_options with { Optimizer = new AdamOptimizer(decoupledDecay: true) }, 8).Nodes.Select(node => node.Id));
    }
}
