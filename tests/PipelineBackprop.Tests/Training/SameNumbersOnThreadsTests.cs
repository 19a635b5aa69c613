using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Promise 1 for a network whose products, sums and updates are large enough to be shared among the threads of a stage.</summary>
public sealed class SameNumbersOnThreadsTests
{
    private const int Inputs = 500, Width = 300, Classes = 10, Steps = 3;

    [Theory]
    [InlineData(1, 1, 400)]
    [InlineData(1, 3, 130)]
    [InlineData(2, 4, 263)]
    public async Task Parameters_OfWideLayers_AreBitEqualForAnyThreadCount(int stages, int microBatches, int examples)
    {
        PipelineState one = await TrainAsync(stages, microBatches, examples, threads: 1);
        foreach (int threads in (int[])[2, 3]) Trial.AssertBitEqual(one, await TrainAsync(stages, microBatches, examples, threads));
    }

    private static async Task<PipelineState> TrainAsync(int stages, int microBatches, int examples, int threads)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        PipelineOptions options = new()
        {
            Layers = [new DenseLayer(Inputs, Width, Activation.Relu), new DenseLayer(Width, Width, new Activation(ActivationKind.Gelu)), new DenseLayer(Width, Classes)],
            Loss = new SoftmaxCrossEntropyLoss(),
            Optimizer = new AdamOptimizer(0.01),
            Schedule = "1f1b",
            Stages = stages,
            MicroBatches = microBatches,
            ThreadsPerStage = threads,
            WeightDecay = new WeightDecay(0.01),
            ClipNorm = 0.5,
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, token);
        for (ulong step = 0; step < Steps; step++) await pipeline.TrainStepAsync(Trial.Classified(step, examples, Inputs, Classes), token);
        return await pipeline.CaptureAsync(token);
    }
}
