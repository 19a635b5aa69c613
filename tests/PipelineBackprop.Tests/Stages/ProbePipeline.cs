using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Four probed dense layers as a pipeline, and minibatches for it.</summary>
internal static class ProbePipeline
{
    public const int Inputs = 5, Outputs = 3, Examples = 11;

    public static ProbeLayer[] Layers() =>
    [
        new(new DenseLayer(Inputs, 6, Activation.Tanh)), new(new DenseLayer(6, 7, Activation.Sigmoid)),
        new(new DenseLayer(7, 4, Activation.Tanh)), new(new DenseLayer(4, Outputs)),
    ];

    public static PipelineOptions Options(IReadOnlyList<Layer> layers, int stages, int microBatches = 4, string schedule = "1f1b") => new()
    {
        Layers = layers,
        Stages = stages,
        MicroBatches = microBatches,
        Schedule = schedule,
        Optimizer = new SgdOptimizer(0.1, momentum: 0.9),
        WeightDecay = new WeightDecay(0.01),
        StallTimeout = TimeSpan.FromSeconds(30),
        Seed = 5,
    };

    public static Minibatch Minibatch(ulong seed, int examples = Examples) => Trial.Classified(seed, examples, Inputs, Outputs);
}
