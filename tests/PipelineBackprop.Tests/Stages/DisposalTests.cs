using PipelineBackprop.Compute;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Promise 3 at the end of a pipeline's life.</summary>
[Collection(nameof(StallTests))]
public sealed class DisposalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AParameterThatALayerReleased_KeepsNoStageFromClosing()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 3), Token);
        layers[0].Before = (context, _) =>
        {
            layers[0].Before = null;
            context.Parameters[0].Release();
        };
        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);

        await pipeline.DisposeAsync();

        Assert.All(pipeline.Ledger.Accounts, account => Assert.Equal(0, account.Reserved));
    }

    [Fact]
    public async Task AStageThatCannotBeGivenAnotherThread_BreaksThePipelineWhichSaysSo()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        using var release = new ManualResetEventSlim();
        layers[1].Before = (_, _) => release.Wait(CancellationToken.None);
        var device = new OpensOnce();
        PipelineOptions options = ProbePipeline.Options(layers, stages: 1) with { Devices = [device], StallTimeout = TimeSpan.FromMilliseconds(300) };
        await using (Pipeline pipeline = await Pipeline.CreateAsync(options, Token))
        {
            var failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
            Assert.Equal((1L, 0, (int?)1), (failure.Step, failure.Stage, failure.Layer));
            var broken = await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
            Assert.Equal(
                "Stage 0 on once has not returned from a stalled action, and could not be given another thread (no room for another); dispose this pipeline and load a " +
                "checkpoint into a new one.", broken.Message);
            release.Set();
        }
    }

    [Fact]
    public async Task AProcessThatStoodStill_IsNoStall()
    {
        var time = new HandTimer();
        ProbeLayer[] layers = ProbePipeline.Layers();
        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        layers[1].Before = (_, _) =>
        {
            begun.Set();
            release.Wait(CancellationToken.None);
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(
            ProbePipeline.Options(layers, stages: 2) with { StallTimeout = TimeSpan.FromMilliseconds(240), TimeProvider = time }, Token);
        Task<StepResult> step = pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        await Task.Run(() => begun.Wait(Token), Token);

        // Nobody looks for twice the timeout, and then somebody does.
        LetPass(milliseconds: 480);
        time.Tick();
        release.Set();

        Assert.Equal(1, (await step).Step);
    }

    [Fact]
    public async Task APipelineThatIsDisposed_LeavesNoTimerBehind()
    {
        const int Pipelines = 20;
        long before = Timer.ActiveCount;
        for (int i = 0; i < Pipelines; i++) await (await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 4), Token)).DisposeAsync();
        Assert.True(Timer.ActiveCount - before < Pipelines, $"{Timer.ActiveCount - before} more timers wait than before");
    }

    [Theory]
    [InlineData("zb-v", 1, 0, ActionKind.InputGradient)]
    [InlineData("zb-v", 1, 1, ActionKind.Forward)]
    [InlineData("interleaved-1f1b", 1, 2, ActionKind.WeightGradient)]
    [InlineData("interleaved-1f1b", 2, 3, ActionKind.Forward)]
    [InlineData("1f1b", 2, 1, ActionKind.InputGradient)]
    public async Task AThreadThatComesBackToAStageThatWentOnWithoutIt_FreesAllThatItHeld(string schedule, int devices, int layer, ActionKind action)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        using var release = new ManualResetEventSlim();
        layers[layer].Before = (context, running) =>
        {
            if (running != action || context.FirstExample == 0) return;
            context.RentOutput(Shape.Matrix(20, 20)); // which it then forgets
            release.Wait(CancellationToken.None);
        };
        Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, devices, schedule: schedule) with { StallTimeout = TimeSpan.FromMilliseconds(300) }, Token);
        StageThread[] threads = [.. Enumerable.Range(0, pipeline.StageBoundaries.Count).Select(pipeline.ThreadOf)];
        await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
        layers[layer].Before = null;
        StageThread lost = Assert.Single(threads.Where((thread, stage) => thread != pipeline.ThreadOf(stage)).Distinct());
        release.Set();
        await lost.Ended.WaitAsync(Token);
        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);

        await pipeline.DisposeAsync();

        Assert.All(pipeline.Ledger.Accounts, account => Assert.Equal(0, account.Reserved));
    }

    [Fact]
    public async Task AThreadThatComesBackToADisposedPipeline_FindsTheParametersInTheirPlaceAndFreesThem()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        using var release = new ManualResetEventSlim();
        float[]? found = null;
        layers[1].Before = (context, _) =>
        {
            release.Wait(CancellationToken.None);
            found = ((CpuBuffer<float>)context.Parameters[0].Buffer).Span.ToArray();
        };
        Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 2) with { StallTimeout = TimeSpan.FromMilliseconds(300) }, Token);
        StageThread lost = pipeline.ThreadOf(0);
        PipelineState before = await pipeline.CaptureAsync(Token);
        await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
        Assert.NotSame(lost, pipeline.ThreadOf(0));

        await pipeline.DisposeAsync();
        release.Set();
        await lost.Ended.WaitAsync(Token);

        Assert.Equal(before.Parameters[2].Data.ToArray(), found);
        Assert.All(pipeline.Ledger.Accounts, account => Assert.Equal(0, account.Reserved));
    }

    private static void LetPass(int milliseconds)
    {
        long until = Environment.TickCount64 + milliseconds;
        while (Environment.TickCount64 < until) Thread.SpinWait(1000);
    }

    private sealed class OpensOnce : IDevice
    {
        private int _opened;

        public string Name => "once";

        public DeviceDescription Description => CpuDevice.Instance.Description;

        public bool BuffersOutliveCompute => true;

        public ICompute Open(ComputeOptions options) =>
            Interlocked.Increment(ref _opened) == 1 ? CpuDevice.Instance.Open(options) : throw new InvalidOperationException("no room for another");
    }

    /// <summary>A clock whose timers go off when told.</summary>
    private sealed class HandTimer : TimeProvider, ITimer
    {
        private Action? _tick;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _tick = () => callback(state);
            return this;
        }

        public void Tick() => _tick!();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
