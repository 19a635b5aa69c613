using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Alone, because what a stall is measured by is time.</summary>
[CollectionDefinition(nameof(StallTests), DisableParallelization = true)]
[Collection(nameof(StallTests))]
public sealed class StallTests : FaultMatrix
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    public static TheoryData<string, ActionKind, int[]> Stalls() => Groups(("1f1b", [0, 3]), ("zb-v", [1]));

    public static TheoryData<string, ActionKind, int[]> Losses() => Groups(("1f1b", [1]), ("gpipe", [1]), ("zb-v", [1]));

    [Theory]
    [MemberData(nameof(Stalls))]
    public Task A_layer_that_stalls_until_cancelled_fails_the_step_and_nothing_else(string schedule, ActionKind action, int[] microBatches) =>
        RunTogetherAsync(FaultKind.StallUntilCancelled, schedule, action, microBatches);

    [Theory]
    [MemberData(nameof(Losses))]
    public Task A_layer_that_never_returns_costs_the_stage_its_thread_but_not_its_parameters(string schedule, ActionKind action, int[] microBatches) =>
        RunTogetherAsync(FaultKind.StallForGood, schedule, action, microBatches);

    [Theory]
    [InlineData(FaultKind.StallUntilCancelled, 0, ActionKind.WeightGradient, 4)]
    [InlineData(FaultKind.StallUntilCancelled, 2, ActionKind.Forward, 0)]
    [InlineData(FaultKind.StallForGood, 1, ActionKind.InputGradient, 2)]
    [InlineData(FaultKind.StallForGood, 3, ActionKind.WeightGradient, 0)]
    public Task A_layer_that_stalls_in_an_asynchronous_schedule_fails_the_step_alike(FaultKind kind, int stage, ActionKind action, int microBatch) =>
        RunAsync(kind, "pipedream-2bw", stage, action, microBatch, s_timeout);

    [Theory]
    [InlineData(0, 1, ActionKind.Forward)]
    [InlineData(1, 2, ActionKind.InputGradient)]
    [InlineData(1, 0, ActionKind.WeightGradient)]
    public async Task A_layer_that_never_returns_fails_the_steps_that_overlap_and_leaves_those_taken(int step, int layer, ActionKind action)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        ProbeLayer[] layers = ProbePipeline.Layers();
        PipelineOptions options = ProbePipeline.Options(layers, 2, schedule: "pipedream-2bw");
        await using Pipeline reference = await Pipeline.CreateAsync(options with { Layers = ProbePipeline.Layers() }, token);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options with { StallTimeout = TimeSpan.FromSeconds(1) }, token);
        using var release = new ManualResetEventSlim();
        layers[layer].Before = (context, running) =>
        {
            if (context.Step == step && running == action && context.FirstExample > 0) release.Wait(CancellationToken.None);
        };
        try
        {
            Task<StepResult>[] steps = [.. Enumerable.Range(0, 2).Select(next => pipeline.TrainStepAsync(ProbePipeline.Minibatch((ulong)next), token))];
            PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => steps[1]);
            await Task.WhenAny(steps[0]);

            Assert.Equal(((long)step, layer / 2, (int?)layer, action), (failure.Step, failure.Stage, failure.Layer, failure.Action));
            layers[layer].Before = null;
            for (ulong next = 0; next < 4; next++)
            {
                if ((long)next >= pipeline.StepsTaken) await pipeline.TrainStepAsync(ProbePipeline.Minibatch(next), token);
                await reference.TrainStepAsync(ProbePipeline.Minibatch(next), token);
            }
            Trial.AssertBitEqual(await reference.CaptureAsync(token), await pipeline.CaptureAsync(token));
            AssertNothingLent(pipeline);
        }
        finally
        {
            release.Set();
        }
    }

    private static TheoryData<string, ActionKind, int[]> Groups(params (string Schedule, int[] MicroBatches)[] schedules)
    {
        var groups = new TheoryData<string, ActionKind, int[]>();
        foreach ((string schedule, int[] microBatches) in schedules)
            foreach (ActionKind action in Enum.GetValues<ActionKind>()) groups.Add(schedule, action, microBatches);
        return groups;
    }

    // A fault in each stage, each in a pipeline of its own, all at the same time: what they do most is wait for the timeout.
    private static Task RunTogetherAsync(FaultKind kind, string schedule, ActionKind action, int[] microBatches) => Task.WhenAll(
        from stage in Enumerable.Range(0, StageCount)
        from microBatch in microBatches
        select NameAsync($"stage {stage}, micro-batch {microBatch}", RunAsync(kind, schedule, stage, action, microBatch, s_timeout)));

    private static async Task NameAsync(string name, Task run)
    {
        try
        {
            await run;
        }
        catch (Exception exception)
        {
            Assert.Fail($"{name}: {exception}");
        }
    }
}
