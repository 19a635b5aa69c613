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
    public static TheoryData<FaultKind, string, int, ActionKind, int> Stalls() =>
        [.. Cells([FaultKind.StallUntilCancelled], ["1f1b"], [0, 3]), .. Cells([FaultKind.StallUntilCancelled], ["zb-v"], [1])];

    public static TheoryData<FaultKind, string, int, ActionKind, int> Losses() => Cells([FaultKind.StallForGood], ["1f1b", "gpipe", "zb-v"], [1]);

    [Theory]
    [MemberData(nameof(Stalls))]
    [InlineData(FaultKind.StallUntilCancelled, "pipedream-2bw", 0, ActionKind.WeightGradient, 4)]
    [InlineData(FaultKind.StallUntilCancelled, "pipedream-2bw", 2, ActionKind.Forward, 0)]
    public Task A_layer_that_stalls_until_cancelled_fails_the_step_and_nothing_else(
        FaultKind kind, string schedule, int stage, ActionKind action, int microBatch) =>
        RunAsync(kind, schedule, stage, action, microBatch, TimeSpan.FromSeconds(1));

    [Theory]
    [MemberData(nameof(Losses))]
    [InlineData(FaultKind.StallForGood, "pipedream-2bw", 1, ActionKind.InputGradient, 2)]
    [InlineData(FaultKind.StallForGood, "pipedream-2bw", 3, ActionKind.WeightGradient, 0)]
    public Task A_layer_that_never_returns_costs_the_stage_its_thread_but_not_its_parameters(
        FaultKind kind, string schedule, int stage, ActionKind action, int microBatch) =>
        RunAsync(kind, schedule, stage, action, microBatch, TimeSpan.FromSeconds(1));

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
}
