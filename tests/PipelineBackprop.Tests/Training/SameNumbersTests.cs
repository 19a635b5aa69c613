using System.Collections.Concurrent;
using PipelineBackprop.Compute;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Schedules;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Promise 1: for one minibatch cut into the same micro-batches, nothing but the cut decides the numbers.</summary>
public sealed class SameNumbersTests
{
    private const int Inputs = 19, Classes = 7;
    private static readonly int[] s_minibatches = [33, 16, 5]; // uneven cuts, and fewer examples than micro-batches times stages

    private static readonly ConcurrentDictionary<int, PipelineState> s_references = new(); // by micro-batches
    private static readonly int[] s_widths = [23, 31, 17, 20, 9, 24, 15, Classes];

    /// <summary>Every synchronous schedule of the catalogue with every number of chunks that the layers are enough for.</summary>
    public static TheoryData<int, string, int, int, int> Splits()
    {
        var data = new TheoryData<int, string, int, int, int>();
        foreach (int microBatches in new[] { 1, 2, 3, 5, 8 })
            foreach (IScheduleGenerator generator in ScheduleCatalog.All.Where(generator => generator.Generate(1, 1).Staleness is null))
                foreach (int stages in new[] { 1, 2, 3, 4 })
                    foreach (int chunks in Enumerable.Range(1, s_widths.Length / stages).Where(generator.Chunks.Contains))
                        foreach (int threads in new[] { 1, 2 })
                            if (chunks <= 3) data.Add(microBatches, generator.Name, stages, chunks, threads);
        return data;
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public async Task Parameters_AfterSeveralSteps_AreBitEqualToOneStageOneThread(int microBatches, string schedule, int stages, int chunks, int threads)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        if (!s_references.TryGetValue(microBatches, out PipelineState? reference))
            s_references[microBatches] = reference = await TrainAsync(microBatches, "gpipe", stages: 1, chunks: 1, threads: 1, token);
        PipelineState state = await TrainAsync(microBatches, schedule, stages, chunks, threads, token);

        Assert.Equal(reference.Parameters.Select(tensor => tensor.Name), state.Parameters.Select(tensor => tensor.Name));
        for (int i = 0; i < reference.Parameters.Count; i++)
        {
            Assert.True(
                reference.Parameters[i].Data.Span.SequenceEqual(state.Parameters[i].Data.Span), $"{state.Parameters[i].Name} differs in its bits");
        }
    }

    private static async Task<PipelineState> TrainAsync(int microBatches, string schedule, int stages, int chunks, int threads, CancellationToken token)
    {
        var builder = new PipelineBuilder(Inputs);
        for (int layer = 0; layer < s_widths.Length; layer++)
            builder.Dense(s_widths[layer], layer == s_widths.Length - 1 ? Activation.Identity : new Activation((ActivationKind)(layer % Enum.GetValues<ActivationKind>().Length)));
        await using Pipeline pipeline = await builder
            .Loss(new SoftmaxCrossEntropyLoss()).Optimizer(new SgdOptimizer(0.1, momentum: 0.9)).WeightDecay(0.01)
            .Stages(stages).Chunks(chunks).MicroBatches(microBatches).Schedule(schedule).Seed(3)
            .With(options => options with { ThreadsPerStage = threads, ClipNorm = 0.5 })
            .BuildAsync(token);
        var random = new RandomStream(11, 0);
        foreach (int examples in s_minibatches) await pipeline.TrainStepAsync(RandomMinibatch(random, examples), token);
        return await pipeline.CaptureAsync(token);
    }

    private static Minibatch RandomMinibatch(RandomStream random, int examples)
    {
        var inputs = new float[examples * Inputs];
        var classes = new int[examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextGaussian();
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(Classes);
        return Minibatch.FromClasses(inputs, classes);
    }
}
