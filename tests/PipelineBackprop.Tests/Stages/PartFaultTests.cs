using System.Diagnostics;
using PipelineBackprop.Schedules;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Tests.Training;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Promises 2 and 3 where it is not a layer's mathematics that fails: the loss, the optimizer, the device, a layer that keeps house badly.</summary>
[Collection(nameof(StallTests))]
public sealed class PartFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_loss_that_throws_fails_the_step_and_is_named(int stages)
    {
        var loss = new FaultyLoss(2, (_, _, _, _) => throw new InvalidOperationException("the loss is on fire"));
        PipelineException failure = await ProbePipeline.FailOnceAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages) with { Loss = loss });

        Assert.Equal((1L, stages - 1, (int?)null, ActionKind.Forward, 2), (failure.Step, failure.Stage, failure.Layer, failure.Action, failure.MicroBatch));
        Assert.Equal(
            $"step 1: stage {stages - 1}, loss (faultyLoss), action {stages - 1}F2 (forward of micro-batch 2): the loss is on fire", failure.Message);
    }

    [Fact]
    public async Task A_layer_that_cancels_though_nobody_asked_for_it_fails_the_step_and_is_named()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        layers[2].Before = (_, _) => throw new OperationCanceledException();
        PipelineException failure = await ProbePipeline.FailOnceAsync(ProbePipeline.Options(layers, stages: 2), () => layers[2].Before = null);

        Assert.Equal((1, (int?)2), (failure.Stage, failure.Layer));
        Assert.EndsWith(": was cancelled from inside the layer", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ActionKind.Forward)]
    [InlineData(ActionKind.WeightGradient)]
    public async Task A_fault_where_activations_are_recomputed_leaves_no_input_behind(ActionKind faulty)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        layers[2].Before = (context, action) =>
        {
            if (action == faulty && context.FirstExample > 3) throw new InvalidOperationException("the layer is on fire");
        };
        await ProbePipeline.FailOnceAsync(ProbePipeline.Options(layers, stages: 2, schedule: "gpipe") with { Recomputation = [Recomputation.Always] }, () => layers[2].Before = null);
    }

    [Fact]
    public async Task An_exception_whose_message_throws_fails_the_step_where_it_was_thrown()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        layers[2].Before = (_, _) => throw new SpeechlessException();
        PipelineException failure = await ProbePipeline.FailOnceAsync(ProbePipeline.Options(layers, stages: 2), () => layers[2].Before = null);

        Assert.Equal((1, (int?)2, nameof(SpeechlessException)), (failure.Stage, failure.Layer, failure.InnerException!.GetType().Name));
        Assert.EndsWith($": {nameof(SpeechlessException)}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task An_optimizer_that_throws_breaks_the_pipeline_which_says_so(int update)
    {
        var optimizer = new FaultyOptimizer(update, () => throw new InvalidOperationException("the optimizer is on fire"));
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 2) with { Optimizer = optimizer }, Token);
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
        Assert.Contains("optimizer", failure.Message, StringComparison.Ordinal);
        Assert.Contains("the optimizer is on fire", failure.Message, StringComparison.Ordinal);

        await AssertBrokenAsync(pipeline, $"The update of step 1 failed on stage {failure.Stage} and left parameters half changed; load a checkpoint into a new pipeline.");
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task An_optimizer_that_stalls_breaks_the_pipeline_within_its_time()
    {
        using var release = new ManualResetEventSlim();
        var optimizer = new FaultyOptimizer(1, () => release.Wait(CancellationToken.None));
        long started = Stopwatch.GetTimestamp();
        await using (Pipeline pipeline = await Pipeline.CreateAsync(
            ProbePipeline.Options(ProbePipeline.Layers(), stages: 2) with { Optimizer = optimizer, StallTimeout = TimeSpan.FromMilliseconds(500) }, Token))
        {
            PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
            Assert.IsType<TimeoutException>(failure.InnerException);
            await AssertBrokenAsync(pipeline, "The update of step 1 failed on stage ");
        }
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5), "the exception or the disposal took more than 5 s");
        release.Set();
    }

    [Fact]
    public async Task A_thread_lost_on_a_device_of_its_own_breaks_the_pipeline_which_can_still_be_disposed()
    {
        using var release = new ManualResetEventSlim();
        ProbeLayer[] layers = ProbePipeline.Layers();
        layers[3].Before = (_, _) => release.Wait(CancellationToken.None);
        long started = Stopwatch.GetTimestamp();
        await using (Pipeline pipeline = await Pipeline.CreateAsync(
            ProbePipeline.Options(layers, stages: 2) with { Devices = [new ThreadBoundDevice()], StallTimeout = TimeSpan.FromMilliseconds(500) }, Token))
        {
            PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
            Assert.Equal((1, (int?)3, 0), (failure.Stage, failure.Layer, failure.MicroBatch));
            await AssertBrokenAsync(pipeline, "Stage 1 on bound has not returned from a stalled action");
        }
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5), "the exception or the disposal took more than 5 s");
        release.Set();
    }

    [Fact]
    public async Task A_stage_that_is_only_slow_keeps_its_thread_when_another_stalls()
    {
        using var release = new ManualResetEventSlim();
        ProbeLayer[] layers = ProbePipeline.Layers();
        bool armed = true, isStalled = false;
        var threads = new HashSet<int>();
        layers[3].Before = (_, _) =>
        {
            if (!armed) return;
            Volatile.Write(ref isStalled, true);
            release.Wait(CancellationToken.None);
        };
        // Begins its slow action long after the other's, and is at it well past the moment when the other is given up.
        layers[0].Before = (context, _) =>
        {
            if (armed && context.FirstExample > 0) WaitFor(() => Volatile.Read(ref isStalled), more: 1200);
        };
        layers[1].Before = (context, _) =>
        {
            lock (threads) threads.Add(Environment.CurrentManagedThreadId);
            if (armed && context.FirstExample > 0) WaitFor(() => context.CancellationToken.IsCancellationRequested, more: 500);
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(
            ProbePipeline.Options(layers, stages: 2, microBatches: 2) with { StallTimeout = TimeSpan.FromMilliseconds(2000) }, Token);
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
        armed = false;
        release.Set();
        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);

        Assert.IsType<TimeoutException>(failure.InnerException);
        Assert.Equal(1, failure.Stage);
        Assert.Single(threads);
        Trial.AssertNothingLent(pipeline);
    }

    [Fact]
    public async Task A_thread_that_was_lost_gives_its_memory_back_when_it_returns()
    {
        using var release = new ManualResetEventSlim();
        ProbeLayer[] layers = ProbePipeline.Layers();
        Thread? lost = null;
        layers[0].Before = (_, action) =>
        {
            if (action != ActionKind.WeightGradient || lost is not null) return;
            lost = Thread.CurrentThread;
            release.Wait(CancellationToken.None);
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(
            ProbePipeline.Options(layers, stages: 1) with { StallTimeout = TimeSpan.FromMilliseconds(500) }, Token);
        await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
        release.Set();
        Assert.True(lost!.Join(TimeSpan.FromSeconds(30)));
        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);

        await using Pipeline reference = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 1), Token);
        await reference.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        Assert.Equal(reference.Ledger.Accounts[0].Reserved, pipeline.Ledger.Accounts[0].Reserved);
    }

    [Fact]
    public async Task A_layer_whose_cancellation_callback_throws_harms_nobody_but_its_step()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        bool armed = true;
        layers[0].Before = (context, _) =>
        {
            if (armed) context.CancellationToken.Register(() => throw new InvalidOperationException("callback on fire"));
        };
        layers[2].Before = (_, action) =>
        {
            if (armed && action == ActionKind.InputGradient) throw new InvalidOperationException("the layer is on fire");
        };
        PipelineException failure = await ProbePipeline.FailOnceAsync(ProbePipeline.Options(layers, stages: 2), () => armed = false);
        Assert.Equal(((int?)2, ActionKind.InputGradient), (failure.Layer, failure.Action));
    }

    [Fact]
    public async Task A_layer_that_leaks_before_it_throws_costs_no_memory()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        bool armed = true;
        layers[1].Before = (context, action) =>
        {
            if (!armed || action != ActionKind.InputGradient) return;
            _ = context.RentOutput(Shape.Matrix(3, 5));
            _ = context.RentScratch(Shape.Matrix(17, 9));
            throw new InvalidOperationException("the layer is on fire");
        };
        PipelineException failure = await ProbePipeline.FailOnceAsync(ProbePipeline.Options(layers, stages: 2), () => armed = false);
        Assert.Equal((int?)1, failure.Layer);
    }

    [Fact]
    public async Task A_layer_that_releases_what_is_not_its_own_breaks_the_pipeline_instead_of_hanging_it()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        bool armed = true;
        layers[3].AfterForward = (context, x, _) =>
        {
            if (!armed || !context.IsTraining) return;
            // Layer 2's frame, this layer's frame and the message hold it; now nobody does.
            for (int holder = 0; holder < 3; holder++) x.Release();
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(
            ProbePipeline.Options(layers, stages: 2) with { StallTimeout = TimeSpan.FromMilliseconds(500) }, Token);
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
        Assert.Contains("was released more often than it was retained", failure.Message, StringComparison.Ordinal);
        Assert.Equal((int?)3, failure.Layer);
        armed = false;
        await AssertBrokenAsync(pipeline, "Stage 1 could not put away what step 1 left");
    }

    [Fact]
    public async Task A_device_that_cannot_be_opened_for_one_stage_leaves_no_thread_behind()
    {
        ThreadBoundDevice[] devices = [new(), new(), new(_ => true), new()];
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 4) with { Devices = devices }, Token));
        Assert.Equal("the device is taken", failure.Message);
    }

    [Fact]
    public async Task Disposal_waits_for_the_step_that_runs_and_further_calls_say_that_it_is_over()
    {
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        ProbeLayer[] layers = ProbePipeline.Layers();
        layers[2].Before = (_, _) =>
        {
            entered.Set();
            release.Wait(CancellationToken.None);
        };
        Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, stages: 2), Token);
        Task<StepResult> step = pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        entered.Wait(Token);
        Task disposal = pipeline.DisposeAsync().AsTask(), second = pipeline.DisposeAsync().AsTask();
        Task<StepResult> late = pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        Assert.False(disposal.IsCompleted);
        release.Set();

        Assert.Equal(1, (await step).Step);
        await Task.WhenAll(disposal, second).WaitAsync(TimeSpan.FromSeconds(30), Token);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => late);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pipeline.EvaluateAsync(ProbePipeline.Minibatch(1), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pipeline.PredictAsync(new float[ProbePipeline.Inputs], 1, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pipeline.CaptureAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pipeline.ReadParametersAsync(Token));
        await pipeline.DisposeAsync();
    }

    [Fact]
    public async Task Disposal_gives_every_byte_back()
    {
        Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages: 3), Token);
        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        MemoryLedger ledger = pipeline.Ledger;
        Assert.True(ledger.Accounts.Sum(account => account.Reserved) > 0);
        await pipeline.DisposeAsync();

        // The threads free what they hold as they end, a moment later.
        Assert.True(SpinWait.SpinUntil(() => ledger.Accounts.All(account => account.Reserved == 0), TimeSpan.FromSeconds(30)));
        Assert.All(Enum.GetValues<MemoryPurpose>(), purpose => Assert.Equal(0, ledger.InUse(purpose)));
    }

    private static async Task AssertBrokenAsync(Pipeline pipeline, string sentence)
    {
        Func<Task>[] calls =
        [
            () => pipeline.TrainStepAsync(ProbePipeline.Minibatch(2), Token), () => pipeline.EvaluateAsync(ProbePipeline.Minibatch(2), Token),
            () => pipeline.CaptureAsync(Token),
        ];
        foreach (Func<Task> call in calls)
            Assert.StartsWith(sentence, (await Assert.ThrowsAsync<InvalidOperationException>(call)).Message, StringComparison.Ordinal);
    }

    private static void WaitFor(Func<bool> condition, int more)
    {
        SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(5));
        long since = Stopwatch.GetTimestamp();
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(since).TotalMilliseconds > more, TimeSpan.FromSeconds(5));
    }

    private sealed class SpeechlessException : Exception
    {
        public override string Message => throw new InvalidOperationException("no words");
    }
}
