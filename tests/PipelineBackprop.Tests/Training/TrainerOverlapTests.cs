using PipelineBackprop.Data;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tests.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>A trainer whose steps overlap takes them in a row or not at all, each as it was asked for.</summary>
public sealed class TrainerOverlapTests
{
    private const int Inputs = 5, Classes = 3, Steps = 12;
    private static readonly Dataset s_data = new(
        "drawn", Inputs, Trial.Gaussians(1, 30 * Inputs), 1, Trial.Classes(1, 30, Classes).Select(index => (float)index).ToArray(), Classes);

    private static readonly TrainerOptions s_options = new() { BatchSize = 8, Steps = Steps, Seed = 4 }; // 4 minibatches an epoch, the last of 6

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AStepThatWaitsWhileTheOneBeforeFails_IsNotTakenWithoutIt()
    {
        (Pipeline pipeline, ProbeLayer[] layers) = await ProbedAsync();
        await using Pipeline owned = pipeline;
        Task<EvaluationResult>? between = null;
        using var asked = new ManualResetEventSlim();
        layers[0].Before = (context, _) =>
        {
            if (context.Step != 0) return;
            asked.Wait(CancellationToken.None);
            layers[0].Before = null;
            throw new ArithmeticException("the layer is on fire");
        };
        // The second step is asked for behind an evaluation, which waits for the first.
        Pipeline asks = pipeline;
        TrainerOptions options = s_options with
        {
            LearningRate = step =>
            {
                if (step == 1) between ??= asks.EvaluateAsync(s_data, Token);
                if (step == 1) asked.Set();
                return 0.1;
            },
        };
        var trainer = new Trainer(pipeline, options, s_data, null);
        await Assert.ThrowsAsync<PipelineException>(() => trainer.RunAsync(null, Token, Token));
        await between!;

        Assert.Equal((0L, 0L), (trainer.StepsTaken, pipeline.StepsTaken));
        await AssertEndsAsUndisturbedAsync(trainer, pipeline, options with { LearningRate = _ => 0.1 });
    }

    [Fact]
    public async Task AStepThatIsDealtBehindOneThatHasFailed_IsNotTakenWithoutIt()
    {
        (Pipeline pipeline, ProbeLayer[] layers) = await ProbedAsync();
        await using Pipeline owned = pipeline;
        layers[0].Before = (context, action) =>
        {
            if (context.Step != 1 || action != ActionKind.WeightGradient) return;
            layers[0].Before = null;
            throw new ArithmeticException("the layer is on fire");
        };
        Pipeline asks = pipeline;
        // Behind whatever is under way: the second step is over when the trainer goes on from the first.
        var observer = new Observer { OnStep = step => { if (step.Step == 1) Task.Run(() => asks.CaptureAsync(Token)).Wait(Token); } };
        var trainer = new Trainer(pipeline, s_options, s_data, null);
        await Assert.ThrowsAsync<PipelineException>(() => trainer.RunAsync(observer, Token, Token));

        Assert.Equal((1L, 1L), (trainer.StepsTaken, pipeline.StepsTaken));
        await AssertEndsAsUndisturbedAsync(trainer, pipeline, s_options);
    }

    [Fact]
    public async Task AStepThatWaitsForItsTurn_HasTheLearningRateItWasAskedWith()
    {
        (Pipeline pipeline, ProbeLayer[] layers) = await ProbedAsync();
        await using Pipeline owned = pipeline;
        using var go = new ManualResetEventSlim();
        layers[0].AfterForward = (_, _, _) => go.Wait(CancellationToken.None);
        Task<EvaluationResult> before = pipeline.EvaluateAsync(s_data, Token);
        TrainerOptions options = s_options with
        {
            LearningRate = step => 0.1 / (1 + step),
            // Both steps that may be under way wait behind the evaluation, and the second has its rate.
            RecordsTimelineOf = step =>
            {
                if (step == 2) go.Set();
                return step == 2;
            },
        };
        var observer = new Observer();
        await new Trainer(pipeline, options, s_data, null).RunAsync(observer, Token, Token);
        await before;

        Assert.Equal(Enumerable.Range(0, Steps).Select(step => 0.1 / (1 + step)), observer.Steps.Select(step => step.LearningRate));
        Assert.Equal([2L], observer.Steps.Where(step => step.Timeline is not null).Select(step => step.Step));
    }

    private static async Task AssertEndsAsUndisturbedAsync(Trainer trainer, Pipeline pipeline, TrainerOptions options)
    {
        await trainer.RunAsync(null, Token, Token);
        (Pipeline sound, _) = await ProbedAsync();
        await using Pipeline owned = sound;
        await new Trainer(sound, options, s_data, null).RunAsync(null, Token, Token);
        Trial.AssertBitEqual(await sound.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
    }

    private static async Task<(Pipeline Pipeline, ProbeLayer[] Layers)> ProbedAsync()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        return (await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 2, schedule: "pipedream-2bw"), Token), layers);
    }
}
