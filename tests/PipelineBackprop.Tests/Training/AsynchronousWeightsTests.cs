using PipelineBackprop.Optimizers;
using PipelineBackprop.Tests.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Which of the two versions of the weights a pipeline shows and takes where its schedule is asynchronous, and who waits for its steps.</summary>
public sealed class AsynchronousWeightsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task WhatIsPredictedEvaluatedAndDerivedBetweenSteps_IsThatOfTheNewestWeights(int stages)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(stages), Token);
        await using Pipeline synchronous = await Pipeline.CreateAsync(Options(1) with { Schedule = "1f1b" }, Token);
        Minibatch minibatch = ProbePipeline.Minibatch(9);
        for (ulong step = 0; step < 4; step++)
        {
            await synchronous.WriteParametersAsync(await pipeline.ReadParametersAsync(Token), Token);

            Assert.Equal(await synchronous.PredictAsync(minibatch.Inputs, minibatch.Count, Token), await pipeline.PredictAsync(minibatch.Inputs, minibatch.Count, Token));
            Assert.Equal((await synchronous.EvaluateAsync(minibatch, Token)).Loss, (await pipeline.EvaluateAsync(minibatch, Token)).Loss);
            Assert.Equal(
                (await synchronous.ComputeGradientsAsync(minibatch, Token)).Gradients.SelectMany(gradient => gradient.Values),
                (await pipeline.ComputeGradientsAsync(minibatch, Token)).Gradients.SelectMany(gradient => gradient.Values));
            await pipeline.TrainStepAsync(ProbePipeline.Minibatch(step), Token);
        }
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public async Task WeightsWrittenOrLoaded_AreThoseOfTheNextStepsGradientsToo(int stepsBefore, bool loads)
    {
        PipelineOptions options = Options(2) with { Optimizer = new SgdOptimizer() };
        await using Pipeline fresh = await Pipeline.CreateAsync(options, Token);
        await using Pipeline used = await Pipeline.CreateAsync(options, Token);
        for (int step = 0; step < stepsBefore; step++) await used.TrainStepAsync(ProbePipeline.Minibatch((ulong)step), Token);

        if (loads) await used.LoadParametersAsync((await fresh.CaptureAsync(Token)).Parameters, Token);
        else await used.WriteParametersAsync(await fresh.ReadParametersAsync(Token), Token);

        for (ulong step = 10; step < 12; step++)
        {
            await fresh.TrainStepAsync(ProbePipeline.Minibatch(step), Token);
            await used.TrainStepAsync(ProbePipeline.Minibatch(step), Token);
            Assert.Equal((await fresh.ReadParametersAsync(Token)).SelectMany(parameter => parameter.Values), (await used.ReadParametersAsync(Token)).SelectMany(parameter => parameter.Values));
        }
    }

    [Fact]
    public async Task ACallThatIsCancelledWhileItWaitsForAStep_KeepsNoOtherFromItsTurn()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        using var goOn = new ManualResetEventSlim();
        layers[0].Before = (_, _) => goOn.Wait(TimeSpan.FromSeconds(20), CancellationToken.None);
        Pipeline pipeline = await Pipeline.CreateAsync(Options(2) with { Layers = layers }, Token);
        Task<StepResult> step = pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        using var cancellation = new CancellationTokenSource();
        Task waiting = pipeline.ReadParametersAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        goOn.Set();
        await step;

        await pipeline.ReadParametersAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        await pipeline.DisposeAsync();
    }

    private static PipelineOptions Options(int stages) => ProbePipeline.Options(ProbePipeline.Layers(), stages, schedule: "pipedream-2bw");
}
