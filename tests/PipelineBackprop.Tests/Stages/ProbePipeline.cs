using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Stages;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Four probed dense layers as a pipeline, minibatches for it, and a step of it that fails.</summary>
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

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Minibatch Minibatch(ulong seed, int examples = Examples) => Trial.Classified(seed, examples, Inputs, Outputs);

    /// <summary>One step that fails; then nothing changed, nothing lent, and the same step works, bit-equal to one that never failed.</summary>
    public static async Task<PipelineException> FailOnceAsync(PipelineOptions options, Action? disarm = null)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        PipelineState before = await pipeline.CaptureAsync(Token);
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(Minibatch(1), Token));
        Trial.AssertBitEqual(before, await pipeline.CaptureAsync(Token));
        Trial.AssertNothingLent(pipeline);
        disarm?.Invoke();
        StepResult step = await pipeline.TrainStepAsync(Minibatch(1), Token);
        await using Pipeline reference = await Pipeline.CreateAsync(
            Options(Layers(), stages: 1, microBatches: options.MicroBatches), Token);
        Assert.Equal((await reference.TrainStepAsync(Minibatch(1), Token)).Loss, step.Loss);
        Trial.AssertBitEqual(await reference.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
        Trial.AssertNothingLent(pipeline);
        return failure;
    }
}
