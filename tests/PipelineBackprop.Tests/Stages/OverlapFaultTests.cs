using System.Diagnostics.Metrics;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Promise 2 where two steps overlap: no step is taken without the one before it, however the failure of one and the progress of the other fall.</summary>
[Collection(nameof(StallTests))]
public sealed class OverlapFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AStepBehindOneThatIsRefusedForItsValues_IsNotTaken(int stages)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(ProbePipeline.Layers(), stages), Token);
        PipelineState before = await pipeline.CaptureAsync(Token);
        for (int round = 0; round < 300; round++)
        {
            Task<StepResult> first = pipeline.TrainStepAsync(NotFinite(), Token), second = pipeline.TrainStepAsync(ProbePipeline.Minibatch(2), Token);
            await Assert.ThrowsAsync<PipelineException>(() => first);
            await Assert.ThrowsAsync<PipelineException>(() => second);
        }
        Trial.AssertBitEqual(before, await pipeline.CaptureAsync(Token));
        await AssertGoesOnAsync(pipeline, stages);
    }

    [Fact]
    public async Task AStepThatComesWhileTheFailureOfTheOneBeforeIsReported_FailsWithIt()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        string name = $"{Guid.NewGuid()}";
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(layers, stages: 2) with { Name = name }, Token);
        using var firstIsTaken = new ManualResetEventSlim();
        using var reports = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using MeterListener listener = ListenToFaults(name, () =>
        {
            if (reports.IsSet) return;
            reports.Set();
            goOn.Wait(CancellationToken.None);
        });
        layers[1].Before = (context, action) =>
        {
            if (context.Step != 1 || action != ActionKind.WeightGradient) return;
            firstIsTaken.Wait(CancellationToken.None);
            throw new InvalidOperationException("the layer is on fire");
        };
        Task<StepResult> first = pipeline.TrainStepAsync(ProbePipeline.Minibatch(0), Token), second = pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        await first;
        firstIsTaken.Set();
        await Task.Run(() => reports.Wait(Token), Token);

        try
        {
            // The second has failed and is not over: the third gets the number behind it.
            var failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(2), Token));
            Assert.Equal((2L, 1), (failure.Step, (int)pipeline.StepsTaken));
        }
        finally
        {
            goOn.Set();
        }
        await Assert.ThrowsAsync<PipelineException>(() => second);
        layers[1].Before = null;
        await AssertGoesOnAsync(pipeline, stages: 2, taken: 1);
    }

    [Fact]
    public async Task TheLookForThePlaceOfAValue_IsNotGivenUpWithTheStepBehind()
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(ProbePipeline.Layers(), stages: 2) with { MicroBatches = 2 }, Token);
        for (int round = 0; round < 1500; round++)
        {
            Task<StepResult> first = pipeline.TrainStepAsync(NotFinite(), Token), second = pipeline.TrainStepAsync(ProbePipeline.Minibatch(2), Token);
            await Task.WhenAll(first, second).ContinueWith(_ => { }, TaskScheduler.Default);
            await pipeline.EvaluateAsync(ProbePipeline.Minibatch(3), Token);
        }
        Assert.Equal(0, pipeline.StepsTaken);
    }

    [Fact]
    public async Task AStepThatIsGivenUpForAnothersToken_IsNotCancelledItself()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        using var begun = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        layers[0].Before = (context, action) =>
        {
            if (context.Step != 0 || action != ActionKind.WeightGradient) return;
            begun.Set();
            goOn.Wait(CancellationToken.None);
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(layers, stages: 2), Token);
        using var cancellation = new CancellationTokenSource();
        Task<StepResult> first = pipeline.TrainStepAsync(ProbePipeline.Minibatch(0), Token), second = pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), cancellation.Token);
        await Task.Run(() => begun.Wait(Token), Token);
        await cancellation.CancelAsync();
        goOn.Set();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        var failure = await Assert.ThrowsAsync<PipelineException>(() => first);
        Assert.Contains("given up together with a step that was cancelled", failure.Message, StringComparison.Ordinal);
        layers[0].Before = null;
        await AssertGoesOnAsync(pipeline, stages: 2);
    }

    [Fact]
    public async Task AStepWhoseUpdateAStageIsLostFor_NamesThatStageAndWhereItIs()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        layers[2].Before = (context, action) =>
        {
            if (context.Step != 1 || action != ActionKind.Forward) return;
            begun.Set();
            release.Wait(CancellationToken.None);
        };
        layers[0].Before = (context, action) =>
        {
            if (context is { Step: 0, FirstExample: > 6 } && action == ActionKind.WeightGradient) begun.Wait(CancellationToken.None);
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(Options(layers, stages: 2) with { StallTimeout = TimeSpan.FromSeconds(1) }, Token);
        try
        {
            Task<StepResult> first = pipeline.TrainStepAsync(ProbePipeline.Minibatch(0), Token), second = pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
            var behind = await Assert.ThrowsAsync<PipelineException>(() => second);
            Assert.Equal((2L, 1, (int?)2, ActionKind.Forward), (behind.Step, behind.Stage, behind.Layer, behind.Action));
            var failure = await Assert.ThrowsAsync<PipelineException>(() => first);
            Assert.Equal((1L, 1, (int?)2, ActionKind.Forward), (failure.Step, failure.Stage, failure.Layer, failure.Action));
            Assert.Contains("has not returned from step 2 for ", failure.Message, StringComparison.Ordinal);
            var broken = await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.CaptureAsync(Token));
            Assert.Equal("The update of step 1 failed on stage 1 and left parameters half changed; load a checkpoint into a new pipeline.", broken.Message);
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task AStepThatIsRefusedWhileAnotherIsUnderWay_TakesNoNumber()
    {
        const int Stages = 64, TooMany = 4_000_000; // more actions than a schedule can hold
        ProbeLayer[] layers = [.. Enumerable.Range(0, Stages).Select(_ => new ProbeLayer(new DenseLayer(1, 1)))];
        Pipeline pipeline = await Pipeline.CreateAsync(Options(layers, Stages) with { MicroBatches = TooMany, Loss = new HalfSquaredErrorLoss() }, Token);
        using var goOn = new ManualResetEventSlim();
        layers[0].Before = (context, _) =>
        {
            if (context.Step == 0) goOn.Wait(CancellationToken.None);
        };
        Task<StepResult> first = pipeline.TrainStepAsync(Trial.Valued(1, 2, 1, 1), Token), third;
        try
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pipeline.TrainStepAsync(new Minibatch(new float[TooMany], new float[TooMany], TooMany), Token));
            third = pipeline.TrainStepAsync(Trial.Valued(3, 2, 1, 1), Token);
        }
        finally
        {
            goOn.Set();
        }
        Assert.Equal((1L, 2L), ((await first.WaitAsync(TimeSpan.FromSeconds(30), Token)).Step, (await third.WaitAsync(TimeSpan.FromSeconds(30), Token)).Step));
        await pipeline.DisposeAsync(); // which would wait for a step that is lost
    }

    private static async Task AssertGoesOnAsync(Pipeline pipeline, int stages, int taken = 0)
    {
        Trial.AssertNothingLent(pipeline);
        await using Pipeline reference = await Pipeline.CreateAsync(Options(ProbePipeline.Layers(), stages), Token);
        for (int step = 0; step < taken + 3; step++)
        {
            if (step >= taken) await pipeline.TrainStepAsync(ProbePipeline.Minibatch((ulong)step), Token);
            await reference.TrainStepAsync(ProbePipeline.Minibatch((ulong)step), Token);
        }
        Trial.AssertBitEqual(await reference.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
    }

    private static PipelineOptions Options(IReadOnlyList<ProbeLayer> layers, int stages) =>
        ProbePipeline.Options(layers, stages, schedule: "pipedream-2bw") with { StallTimeout = TimeSpan.FromSeconds(2) };

    private static Minibatch NotFinite()
    {
        Minibatch good = ProbePipeline.Minibatch(1);
        float[] inputs = good.Inputs.ToArray();
        inputs[^1] = float.NaN;
        return new Minibatch(inputs, good.Targets, good.Count);
    }

    private static MeterListener ListenToFaults(string pipeline, Action heard)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, own) =>
            {
                if (instrument.Meter.Name == PipelineTelemetry.Name && instrument.Name == "pipelinebackprop.faults") own.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
                if (tag is { Key: "pipeline", Value: string name } && name == pipeline) heard();
        });
        listener.Start();
        return listener;
    }
}
