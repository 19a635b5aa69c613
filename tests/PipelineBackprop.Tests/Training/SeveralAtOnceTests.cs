using PipelineBackprop.Compute;
using PipelineBackprop.Tests.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

public sealed class SeveralAtOnceTests
{
    private const int Inputs = 6, Classes = 3;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_pipelines_train_side_by_side_as_each_would_alone()
    {
        PipelineState[] together = await Task.WhenAll(Enumerable.Range(0, 6).Select(index => Task.Run(() => TrainAsync((ulong)index, 1 + index % 3), Token)));
        for (int index = 0; index < together.Length; index++) Trial.AssertBitEqual(await TrainAsync((ulong)index, 1), together[index]);
    }

    [Fact]
    public async Task Several_threads_that_call_one_pipeline_take_turns()
    {
        const int Callers = 6, Calls = 20;
        await using Pipeline pipeline = await CreateAsync(1, 3);
        Minibatch minibatch = Trial.Classified(1, 13, Inputs, Classes);
        var steps = new System.Collections.Concurrent.ConcurrentBag<long>();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(
            async () =>
            {
                for (int call = 0; call < Calls; call++)
                {
                    steps.Add((await pipeline.TrainStepAsync(minibatch, Token)).Step);
                    if (caller == 0) await pipeline.CaptureAsync(Token);
                    if (caller == 1) await pipeline.EvaluateAsync(minibatch, Token);
                    if (caller == 2) await pipeline.PredictAsync(minibatch.Inputs, minibatch.Count, Token);
                    if (caller == 3) await pipeline.ComputeGradientsAsync(minibatch, Token);
                }
            },
            Token)));
        Assert.Equal(Enumerable.Range(1, Callers * Calls).Select(step => (long)step), steps.Order());

        // The same minibatch every time, so whose turn it was does not show.
        await using Pipeline alone = await CreateAsync(1, 1);
        for (int step = 0; step < Callers * Calls; step++) await alone.TrainStepAsync(minibatch, Token);
        Trial.AssertBitEqual(await alone.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task A_pipeline_that_is_disposed_ends_what_runs_and_refuses_what_waits()
    {
        using var gate = new ManualResetEventSlim();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ProbeLayer[] layers = ProbePipeline.Layers();
        layers[0].Before = (_, _) =>
        {
            began.TrySetResult();
            gate.Wait(Token);
        };
        Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 2), Token);
        Task<StepResult>[] steps = [.. Enumerable.Range(0, 20).Select(_ => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token))];
        await began.Task.WaitAsync(Token);

        Task disposing = pipeline.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        gate.Set();
        await disposing.WaitAsync(Token);

        Assert.Equal(1, (await steps[0]).Step);
        foreach (Task<StepResult> waiting in steps[1..]) await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await pipeline.DisposeAsync();
    }

    private static async Task<PipelineState> TrainAsync(ulong seed, int stages)
    {
        await using Pipeline pipeline = await CreateAsync(seed, stages);
        for (ulong step = 0; step < 30; step++) await pipeline.TrainStepAsync(Trial.Classified(seed * 100 + step, 9, Inputs, Classes), Token);
        return await pipeline.CaptureAsync(Token);
    }

    private static Task<Pipeline> CreateAsync(ulong seed, int stages) =>
        new PipelineBuilder(Inputs).Dense(10, Activation.Tanh).Dropout(0.2).Dense(8, Activation.Relu).Dense(Classes)
            .Stages(stages).MicroBatches(3).Seed(seed).BuildAsync(Token);
}
