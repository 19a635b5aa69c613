using System.Diagnostics;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
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
        PipelineException failure = await FailOnceAsync(ProbePipeline.Options(ProbePipeline.Layers(), stages) with { Loss = loss });

        Assert.Equal((0L, stages - 1, (int?)null, ActionKind.Forward, 2), (failure.Step, failure.Stage, failure.Layer, failure.Action, failure.MicroBatch));
        Assert.Equal(
            $"step 0: stage {stages - 1}, loss (faultyLoss), action {stages - 1}F2 (forward of micro-batch 2): the loss is on fire", failure.Message);
    }

    [Theory]
    [InlineData(NonFiniteCheck.Action, double.NaN)]
    [InlineData(NonFiniteCheck.Step, double.NaN)]
    [InlineData(NonFiniteCheck.Step, double.PositiveInfinity)]
    public async Task A_loss_that_is_not_finite_fails_the_step_and_is_named(NonFiniteCheck check, double value)
    {
        var loss = new FaultyLoss(1, (compute, losses, _, _) => compute.Fill(losses, value));
        PipelineException failure = await FailOnceAsync(
            ProbePipeline.Options(ProbePipeline.Layers(), stages: 2, microBatches: 2) with { Loss = loss, NonFiniteCheck = check });

        Assert.Equal((1, (int?)null, ActionKind.Forward), (failure.Stage, failure.Layer, failure.Action));
        Assert.Contains("loss (faultyLoss)", failure.Message, StringComparison.Ordinal);
        Assert.IsType<PipelineBackprop.Blocks.NonFiniteValueException>(failure.InnerException);
    }

    [Fact]
    public async Task A_gradient_of_the_outputs_that_is_not_finite_is_named_at_the_loss()
    {
        var loss = new FaultyLoss(3, (compute, _, _, gradient) => compute.Fill(gradient!, double.NegativeInfinity));
        PipelineException failure = await FailOnceAsync(
            ProbePipeline.Options(ProbePipeline.Layers(), stages: 2) with { Loss = loss, NonFiniteCheck = NonFiniteCheck.Action });

        Assert.Equal((1, (int?)null, ActionKind.Forward, 3), (failure.Stage, failure.Layer, failure.Action, failure.MicroBatch));
    }

    [Theory]
    [InlineData(ActionKind.Forward, double.NaN, "0F0")]
    [InlineData(ActionKind.InputGradient, double.NaN, "0B0")]
    [InlineData(ActionKind.WeightGradient, double.NaN, "0W0")]
    [InlineData(ActionKind.WeightGradient, double.PositiveInfinity, "0W0")]
    public async Task Checked_once_a_step_a_value_that_is_not_finite_is_refused_and_its_place_is_found(ActionKind action, double value, string printed)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        bool armed = true;
        layers[1].Spoil = (context, now) => armed && now == action && context.FirstExample == 0 ? value : null;
        PipelineOptions options = ProbePipeline.Options(layers, stages: 2) with { NonFiniteCheck = NonFiniteCheck.Step };
        PipelineException failure = await FailOnceAsync(options, () => armed = false);

        Assert.Equal((0, (int?)1, action, 0), (failure.Stage, failure.Layer, failure.Action, failure.MicroBatch));
        Assert.Contains($"layer 1 (probe 6→7), action {printed} ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checked_after_every_action_a_gradient_is_seen_before_the_layer_before_cuts_it_off()
    {
        // ∂L/∂x = 10 · 3e38 is infinite, and relu's φ' of a negative sum is 0.
        Layer[] layers =
        [
            new DenseLayer(1, 1, Activation.Relu, bias: false, Initializer.Constant(-1)),
            new DenseLayer(1, 1, bias: false, initializer: Initializer.Constant(3e38)),
        ];
        PipelineOptions options = ProbePipeline.Options(layers, stages: 1, microBatches: 1) with
        {
            Loss = new HalfSquaredErrorLoss(),
            WeightDecay = WeightDecay.None,
            NonFiniteCheck = NonFiniteCheck.Action,
        };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(new Minibatch(new[] { 1f }, new[] { -10f }, 1), Token));

        Assert.Equal((1, ActionKind.InputGradient), (failure.Layer, failure.Action));
    }

    [Theory]
    [InlineData(ActionKind.Forward, "loss (softmaxCrossEntropy)")]
    [InlineData(ActionKind.InputGradient, "layers.0.weight")]
    [InlineData(ActionKind.WeightGradient, "layers.1.weight")]
    public async Task A_value_that_is_not_finite_and_does_not_come_back_is_laid_where_it_showed(ActionKind action, string place)
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        int left = 1;
        layers[1].Spoil = (context, now) => now == action && context.FirstExample == 0 && left-- > 0 ? double.NaN : null;
        PipelineException failure = await FailOnceAsync(ProbePipeline.Options(layers, stages: 2) with { NonFiniteCheck = NonFiniteCheck.Step });

        Assert.Contains(place, failure.Message, StringComparison.Ordinal);
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

        await AssertBrokenAsync(pipeline, $"The update of step 0 failed on stage {failure.Stage} and left parameters half changed; load a checkpoint into a new pipeline.");
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
            await AssertBrokenAsync(pipeline, "The update of step 0 failed on stage ");
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
        PipelineException failure = await FailOnceAsync(ProbePipeline.Options(layers, stages: 2), () => armed = false);
        Assert.Equal(((int?)2, ActionKind.InputGradient), (failure.Layer, failure.Action));
    }

    [Fact]
    public async Task A_layer_that_leaks_before_it_throws_costs_no_memory()
    {
        ProbeLayer[] layers = ProbePipeline.Layers();
        bool armed = true;
        layers[1].Before = (context, action) =>
        {
            if (!armed) return;
            _ = context.RentScratch(Shape.Matrix(17, 9));
            _ = context.RentOutput(Shape.Matrix(3, 5));
            if (action == ActionKind.InputGradient) throw new InvalidOperationException("the layer is on fire");
        };
        PipelineException failure = await FailOnceAsync(ProbePipeline.Options(layers, stages: 2), () => armed = false);
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
        await AssertBrokenAsync(pipeline, "Stage 1 could not put away what step 0 left");
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

    /// <summary>One step that fails; then nothing changed, nothing lent, and the same step works, bit-equal to one that never failed.</summary>
    private static async Task<PipelineException> FailOnceAsync(PipelineOptions options, Action? disarm = null)
    {
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, Token);
        PipelineState before = await pipeline.CaptureAsync(Token);
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token));
        Trial.AssertBitEqual(before, await pipeline.CaptureAsync(Token));
        Trial.AssertNothingLent(pipeline);
        disarm?.Invoke();
        StepResult step = await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), Token);
        await using Pipeline reference = await Pipeline.CreateAsync(
            ProbePipeline.Options(ProbePipeline.Layers(), stages: 1, microBatches: options.MicroBatches), Token);
        Assert.Equal((await reference.TrainStepAsync(ProbePipeline.Minibatch(1), Token)).Loss, step.Loss);
        Trial.AssertBitEqual(await reference.CaptureAsync(Token), await pipeline.CaptureAsync(Token));
        Trial.AssertNothingLent(pipeline);
        return failure;
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
}
