using System.Diagnostics;
using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>
/// Promises 2 and 3, the body of the matrix: one fault in one place; then one exception that names it, parameters as before, nothing lent, and a
/// next step bit-equal to that of a pipeline that never failed.
/// </summary>
public abstract class FaultMatrix
{
    protected const int StageCount = 4, MicroBatches = 5;
    private const int Inputs = 6, Examples = 13;

    public static TheoryData<FaultKind, string, int, ActionKind, int> Cells(FaultKind[] kinds, string[] schedules, int[] microBatches)
    {
        var cells = new TheoryData<FaultKind, string, int, ActionKind, int>();
        foreach (FaultKind kind in kinds)
            foreach (string schedule in schedules)
                for (int stage = 0; stage < StageCount; stage++)
                    foreach (ActionKind action in Enum.GetValues<ActionKind>())
                        foreach (int microBatch in microBatches)
                        {
                            // The first layer computes no input gradient that could hold NaN.
                            if (kind == FaultKind.NotANumber && stage == 0 && action == ActionKind.InputGradient) continue;
                            cells.Add(kind, schedule, stage, action, microBatch);
                        }
        return cells;
    }

    protected static async Task RunAsync(FaultKind kind, string schedule, int stage, ActionKind action, int microBatch, TimeSpan stallTimeout)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        FaultyLayer[] layers = CreateLayers(), sound = CreateLayers();
        await using Pipeline pipeline = await CreateAsync(layers, schedule, stallTimeout, token);
        await using Pipeline reference = await CreateAsync(sound, schedule, TimeSpan.FromSeconds(30), token);
        Minibatch first = RandomMinibatch(1), second = RandomMinibatch(2), third = RandomMinibatch(3);
        await pipeline.TrainStepAsync(first, token);
        await reference.TrainStepAsync(first, token);
        PipelineState before = await pipeline.CaptureAsync(token);

        layers[stage].Arm(kind, action, MicroBatchRange.Split(Examples, MicroBatches)[microBatch].First);
        long started = Stopwatch.GetTimestamp();
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(second, token));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5), "the exception took more than 5 s");

        Assert.Equal((2L, stage, (int?)stage, action, microBatch), (failure.Step, failure.Stage, failure.Layer, failure.Action, failure.MicroBatch));
        AssertBitEqual(before, await pipeline.CaptureAsync(token));
        AssertNothingLent(pipeline);

        layers[stage].Disarm();
        await StepBothAsync(pipeline, reference, second, token);
        layers[stage].Dispose(); // a thread that was lost comes back now, and must not disturb anything
        await StepBothAsync(pipeline, reference, third, token);
        AssertNothingLent(pipeline);
    }

    protected static void AssertNothingLent(Pipeline pipeline)
    {
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Stash));
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Workspace));
        Assert.Equal(0, pipeline.Ledger.InUse(MemoryPurpose.Transfer));
    }

    private static async Task StepBothAsync(Pipeline pipeline, Pipeline reference, Minibatch minibatch, CancellationToken token)
    {
        StepResult step = await pipeline.TrainStepAsync(minibatch, token), expected = await reference.TrainStepAsync(minibatch, token);
        Assert.Equal(expected.Loss, step.Loss);
        AssertBitEqual(await reference.CaptureAsync(token), await pipeline.CaptureAsync(token));
    }

    private static void AssertBitEqual(PipelineState expected, PipelineState actual)
    {
        Assert.Equal(expected.Step, actual.Step);
        foreach ((var left, var right) in expected.Parameters.Concat(expected.OptimizerState).Zip(actual.Parameters.Concat(actual.OptimizerState)))
            Assert.True(left.Data.Span.SequenceEqual(right.Data.Span), $"{left.Name} differs in its bits");
    }

    private static FaultyLayer[] CreateLayers() =>
    [
        new(new DenseLayer(Inputs, 8, Activation.Tanh)), new(new DenseLayer(8, 7, Activation.Sigmoid)), new(new DenseLayer(7, 5, Activation.Relu)),
        new(new DenseLayer(5, 4)),
    ];

    private static Task<Pipeline> CreateAsync(FaultyLayer[] layers, string schedule, TimeSpan stallTimeout, CancellationToken token) =>
        Pipeline.CreateAsync(
            new PipelineOptions
            {
                Layers = layers,
                Stages = StageCount / ScheduleCatalog.Get(schedule).Chunks.Default,
                MicroBatches = MicroBatches,
                Schedule = schedule,
                Optimizer = new SgdOptimizer(0.1, momentum: 0.9),
                WeightDecay = new WeightDecay(0.01),
                StallTimeout = stallTimeout,
            },
            token);

    private static Minibatch RandomMinibatch(ulong seed)
    {
        var random = new RandomStream(seed, 0);
        var inputs = new float[Examples * Inputs];
        var classes = new int[Examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextGaussian();
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(4);
        return Minibatch.FromClasses(inputs, classes);
    }
}
