using System.Diagnostics;
using PipelineBackprop.Stages;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>The caller's token at any moment: the step is taken or it is not, and nothing stays behind.</summary>
public sealed class CancellationTests
{
    private const int Rounds = 30;

    // Layer calls of one training step: 4 layers, 4 micro-batches, F, B and W.
    private const int CallsPerStep = 4 * 4 * 3;

    [Theory]
    [InlineData("gpipe", 1)]
    [InlineData("gpipe", 2)]
    [InlineData("gpipe", 3)]
    [InlineData("gpipe", 4)]
    [InlineData("1f1b", 1)]
    [InlineData("1f1b", 2)]
    [InlineData("1f1b", 3)]
    [InlineData("1f1b", 4)]
    [InlineData("interleaved-1f1b", 2)]
    [InlineData("looped-bfs", 1)]
    [InlineData("zb-v", 2)]
    [InlineData("v-min", 2)]
    public async Task A_step_cancelled_at_any_moment_is_taken_or_has_never_been(string schedule, int stages)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        ProbeLayer[] layers = ProbePipeline.Layers();
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages, schedule: schedule), token);
        await using Pipeline reference = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 1), token);
        int cancelled = 0, taken = 0;
        for (int round = 0; round < Rounds; round++)
        {
            Minibatch minibatch = ProbePipeline.Minibatch((ulong)round);
            using var cancellation = new CancellationTokenSource();
            using var canceller = new Canceller(cancellation, atCall: 1 + round * 7 % (CallsPerStep + 4), spins: round % 3 * 300);
            foreach (ProbeLayer layer in layers) layer.Before = (_, _) => canceller.Call();
            StepResult? step = null;
            try
            {
                step = await pipeline.TrainStepAsync(minibatch, cancellation.Token);
                taken++;
            }
            catch (OperationCanceledException exception)
            {
                Assert.Equal(cancellation.Token, exception.CancellationToken);
                cancelled++;
            }
            foreach (ProbeLayer layer in layers) layer.Before = null;
            Training.Trial.AssertNothingLent(pipeline);
            if (step is not null) Assert.Equal((await reference.TrainStepAsync(minibatch, token)).Loss, step.Loss);
            Training.Trial.AssertBitEqual(await reference.CaptureAsync(token), await pipeline.CaptureAsync(token));
            StepResult next = await pipeline.TrainStepAsync(minibatch, token), expected = await reference.TrainStepAsync(minibatch, token);
            Assert.Equal((expected.Step, expected.Loss), (next.Step, next.Loss));
        }
        Assert.True(cancelled > Rounds / 2, $"only {cancelled} of {Rounds} steps were cancelled, {taken} taken");
    }

    [Fact]
    public async Task A_token_that_is_already_cancelled_starts_nothing()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        ProbeLayer[] layers = ProbePipeline.Layers();
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 2), token);
        PipelineState before = await pipeline.CaptureAsync(token);
        int calls = 0;
        foreach (ProbeLayer layer in layers) layer.Before = (_, _) => Interlocked.Increment(ref calls);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), new CancellationToken(true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.EvaluateAsync(ProbePipeline.Minibatch(1), new CancellationToken(true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.CaptureAsync(new CancellationToken(true)));

        Assert.Equal(0, calls);
        Training.Trial.AssertBitEqual(before, await pipeline.CaptureAsync(token));
    }

    [Fact]
    public async Task A_cancelled_action_goes_through_no_further_layer()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 1), TestContext.Current.CancellationToken);
        using var cancellation = new CancellationTokenSource();
        int calls = 0;
        layers[0].Before = (_, _) => cancellation.Cancel();
        foreach (ProbeLayer layer in layers[1..]) layer.Before = (_, _) => Interlocked.Increment(ref calls);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), cancellation.Token));

        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task What_a_layer_hung_on_the_token_may_throw_which_the_trace_is_told()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string text = $"{Guid.NewGuid()}";
        using var hears = new Hears(text);
        int unobserved = 0;
        void Count(object? sender, UnobservedTaskExceptionEventArgs args) => unobserved += args.Exception.ToString().Contains(text, StringComparison.Ordinal) ? 1 : 0;
        Trace.Listeners.Add(hears);
        TaskScheduler.UnobservedTaskException += Count;
        try
        {
            ProbeLayer[] layers = ProbePipeline.Layers();
            await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 2), token);
            layers[2].Before = (context, _) =>
            {
                layers[2].Before = null;
                context.CancellationToken.Register(() => throw new InvalidOperationException(text));
                throw new ArithmeticException("the layer is on fire");
            };
            PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), token));
            Assert.IsType<ArithmeticException>(failure.InnerException);
            await hears.Heard.Task.WaitAsync(TimeSpan.FromSeconds(20), token);
            await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), token);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Equal(0, unobserved);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Count;
            Trace.Listeners.Remove(hears);
        }
    }

    private sealed class Hears(string text) : TraceListener
    {
        public TaskCompletionSource Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Write(string? message) => WriteLine(message);

        public override void WriteLine(string? message)
        {
            if (message?.Contains(text, StringComparison.Ordinal) == true) Heard.TrySetResult();
        }
    }

    /// <summary>Cancels at the n-th call of any layer: at once on the stage's own thread, or some spins later on another.</summary>
    private sealed class Canceller(CancellationTokenSource source, int atCall, int spins) : IDisposable
    {
        private int _calls;
        private Thread? _thread;

        public void Call()
        {
            if (Interlocked.Increment(ref _calls) != atCall) return;
            if (spins == 0)
            {
                source.Cancel();
                return;
            }
            _thread = new Thread(() =>
            {
                Thread.SpinWait(spins);
                source.Cancel();
            });
            _thread.Start();
        }

        public void Dispose() => _thread?.Join();
    }
}
