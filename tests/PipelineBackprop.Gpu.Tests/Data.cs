using PipelineBackprop.Compute;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>A small network of three layers and random minibatches for it.</summary>
internal static class Data
{
    private const int Inputs = 11, Classes = 5;

    internal static PipelineBuilder Network() =>
        new PipelineBuilder(Inputs).Dense(13, Activation.Relu).Dense(9, Activation.Tanh).Dense(Classes)
            .Optimizer(new SgdOptimizer(0.1, momentum: 0.9)).WeightDecay(0.01).Seed(5);

    internal static Minibatch Minibatch(ulong seed, int examples = 10)
    {
        var random = new RandomStream(seed, 0);
        var inputs = new float[examples * Inputs];
        var classes = new int[examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextGaussian();
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(Classes);
        return Training.Minibatch.FromClasses(inputs, classes);
    }
}
