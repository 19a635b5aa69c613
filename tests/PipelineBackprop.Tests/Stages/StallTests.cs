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

    [Theory]
    [InlineData("1f1b", 0)]
    [InlineData("1f1b", 3)]
    [InlineData("zb-v", 1)]
    public Task A_layer_that_stalls_until_cancelled_fails_the_step_and_nothing_else(string schedule, int microBatch) =>
        RunTogetherAsync(FaultKind.StallUntilCancelled, schedule, microBatch);

    [Theory]
    [InlineData("1f1b")]
    [InlineData("gpipe")]
    [InlineData("zb-v")]
    public Task A_layer_that_never_returns_costs_the_stage_its_thread_but_not_its_parameters(string schedule) =>
        RunTogetherAsync(FaultKind.StallForGood, schedule, microBatch: 1);

    [Fact]
    public Task A_layer_that_stalls_in_an_asynchronous_schedule_fails_the_step_alike() => TogetherAsync(
        "pipedream-2bw",
        (FaultKind.StallUntilCancelled, 0, ActionKind.WeightGradient, 4),
        (FaultKind.StallUntilCancelled, 2, ActionKind.Forward, 0),
        (FaultKind.StallForGood, 1, ActionKind.InputGradient, 2),
        (FaultKind.StallForGood, 3, ActionKind.WeightGradient, 0));

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

            Assert.Equal((step + 1L, layer / 2, (int?)layer, action), (failure.Step, failure.Stage, failure.Layer, failure.Action));
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

    // A fault in each action of each stage.
    private static Task RunTogetherAsync(FaultKind kind, string schedule, int microBatch) => TogetherAsync(
        schedule,
        [.. from stage in Enumerable.Range(0, StageCount)
            from action in Enum.GetValues<ActionKind>()
            select (kind, stage, action, microBatch)]);

    // Each fault in a pipeline of its own, all at the same time: what they do most is wait for the timeout.
    private static Task TogetherAsync(string schedule, params (FaultKind Kind, int Stage, ActionKind Action, int MicroBatch)[] faults) => Task.WhenAll(
        from fault in faults
        select NameAsync($"{fault}", RunAsync(fault.Kind, schedule, fault.Stage, fault.Action, fault.MicroBatch, s_timeout)));

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
