using System.Diagnostics;
using PipelineBackprop.Blocks;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>
/// A network as a pipeline of stages: trains, evaluates and predicts. Thread-safe: calls from several threads take turns in the order they come; of training
/// steps two run together where the schedule is asynchronous. A
/// call that fails or is cancelled leaves the parameters bit-equal to before, and the next call works; after the rare fault that cannot be undone (a
/// half-taken update, a device's thread that is lost) every further call throws an <see cref="InvalidOperationException"/> that says why.
/// </summary>
public sealed partial class Pipeline : IAsyncDisposable
{
    private readonly PassCoordinator _coordinator;
    private readonly PipelineSchedules _schedules;
    private readonly TurnQueue _turns;
    private readonly int _versions; // of the weights; as many steps overlap
    private readonly GradientClipping? _clipping;
    private readonly LossScaler _scaler;
    private readonly Lock _counts = new(); // of steps taken and skipped, where steps overlap
    private double _learningRate;
    private long _nextStep, _lastEnd; // number of the step that overlaps those under way; when a step ended last
    private readonly StepTelemetry _telemetry;
    private volatile bool _disposed; // refuses calls
    private bool _closed;

    private Pipeline(PipelineOptions options)
    {
        Options = options;
        StageBoundaries = PipelineAssembly.Boundaries(options);
        _schedules = new PipelineSchedules(options);
        _versions = StageLayout.Of(options).WeightVersions;
        _turns = new TurnQueue(_versions);
        LearningRate = options.Optimizer.LearningRate;
        _clipping = options.ClipNorm is { } norm ? new GradientClipping(norm) : null;
        _scaler = new LossScaler(options.LossScaling);
        _telemetry = new StepTelemetry(options.Name, StageBoundaries.Count);
        _coordinator = new PassCoordinator(
            listener => PipelineAssembly.CreateStages(options, StageBoundaries, Ledger, listener), options.StallTimeout, options.TimeProvider);
    }

    /// <summary>What the pipeline was built from.</summary>
    public PipelineOptions Options { get; }

    /// <summary>Index of each stage's first layer.</summary>
    public IReadOnlyList<int> StageBoundaries { get; }

    /// <summary>Width of an input row.</summary>
    public int Inputs => Options.Layers[0].Inputs;

    /// <summary>Width of an output row.</summary>
    public int Outputs => Options.Layers[^1].Outputs;

    /// <summary>Width of a target row: 1 for class indices.</summary>
    public int TargetWidth => Options.Loss.TargetWidth(Outputs);

    /// <summary>Steps taken since the first parameters, those before a restored checkpoint included.</summary>
    public long StepsTaken { get; private set; }

    /// <summary>Of <see cref="StepsTaken"/>, those whose update loss scaling left out.</summary>
    public long SkippedSteps => _scaler.Skipped;

    /// <summary>η of the steps that are asked for from now on, at least 0 and finite; starts as the optimizer's and is set by whoever follows a schedule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number that would ruin the parameters: negative, infinite or NaN.</exception>
    public double LearningRate
    {
        get => _learningRate;
        set
        {
            if (!(value >= 0) || !double.IsFinite(value))
                throw new ArgumentOutOfRangeException(nameof(value), value, "The learning rate is at least 0 and finite.");
            _learningRate = value;
        }
    }

    /// <summary>Whether the training steps that are asked for from now on are recorded, see <see cref="StepResult.Timeline"/>; default false, which costs nothing.</summary>
    public bool RecordsTimeline { get; set; }

    /// <summary>Steps that may be under way together: 1, or 2 where the schedule is asynchronous.</summary>
    internal int StepsAtOnce => _versions;

    /// <summary>The thread that a stage computes on, for what is to be compared with it.</summary>
    internal StageThread ThreadOf(int stage) => _coordinator.Stages[stage].Thread;

    /// <summary>Updates by which gradients are taken at older weights than those they change: 0, or 1 where the schedule is asynchronous.</summary>
    public int Staleness => _versions - 1;

    /// <summary>Every byte of device memory, by stage and purpose.</summary>
    public MemoryLedger Ledger { get; } = new();

    /// <summary>Tells of what a trainer does with the pipeline, under the pipeline's name.</summary>
    internal StepTelemetry Telemetry => _telemetry;

    /// <summary>Checks the options, opens the devices and draws the first parameters.</summary>
    /// <exception cref="InvalidInputException">Options that cannot work, in one sentence.</exception>
    public static async Task<Pipeline> CreateAsync(PipelineOptions options, CancellationToken cancellationToken = default)
    {
        options = PipelineOptionsValidator.Checked(options);
        var pipeline = new Pipeline(await DevicePlacement.ResolveAsync(options, cancellationToken: cancellationToken).ConfigureAwait(false));
        try
        {
            await pipeline._coordinator.StartAsync(cancellationToken).ConfigureAwait(false);
            return pipeline;
        }
        catch
        {
            await pipeline.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// One step on one minibatch: forward, backward, weight decay, update. Where the schedule is asynchronous a second step may be asked for before the first has
    /// ended: the two overlap, with the numbers of one after the other; when one of them fails both do, unless the first is being taken already.
    /// <para>A step of one stage on the processor that is expected to take less than 200 µs, because the call before did, is computed by the calling thread, unless that
    /// has a <see cref="SynchronizationContext"/> or a layer, the loss or the optimizer is not this library's.</para>
    /// </summary>
    /// <exception cref="InvalidOperationException">An earlier call broke the pipeline for good; says how.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was disposed.</exception>
    /// <exception cref="InvalidInputException">Widths or class indices that do not fit the model.</exception>
    /// <exception cref="PipelineException">A layer, the loss or the optimizer failed, stalled or gave NaN; names the place.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the step was decided.</exception>
    public Task<StepResult> TrainStepAsync(Minibatch minibatch, CancellationToken cancellationToken = default) => TakeStepAsync(minibatch, row: null, cancellationToken);

    /// <summary><see cref="TrainStepAsync"/>, of a step in a row with others.</summary>
    internal async Task<StepResult> TakeStepAsync(Minibatch minibatch, StepRow? row, CancellationToken cancellationToken)
    {
        // As they are now: whoever asks for the next step may change them while this one waits for its turn.
        (double learningRate, bool recordsTimeline) = (LearningRate, RecordsTimeline);
        try
        {
            ThrowIfInferenceOnly();
            MinibatchValidator.Validate(this, minibatch);
            await _turns.EnterStepAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            row?.Fail();
            throw;
        }
        long started = Stopwatch.GetTimestamp();
        Activity? activity = null;
        PassRequest request;
        ValueTask<PassResult> running;
        try
        {
            ThrowIfUnusable();
            row?.ThrowIfFailed();
            activity = _telemetry.Start("train step");
            // A step that has its number is run, or those behind it would be taken without it.
            cancellationToken.ThrowIfCancellationRequested();
            request = StepOn(minibatch, learningRate, recordsTimeline);
            running = RunAsync(request, cancellationToken);
        }
        catch (Exception exception)
        {
            row?.Fail();
            _turns.StepRefused();
            StepTelemetry.End(activity, exception);
            throw;
        }
        _turns.StepBegun();
        bool isTaken = false;
        try
        {
            PassResult result = await running.ConfigureAwait(false);
            isTaken = true;
            lock (_counts)
            {
                StepsTaken = Math.Max(StepsTaken, request.Step + 1);
                _scaler.Note(result.Skipped);
            }
            StepResult step = ResultOf(request, result, started);
            _telemetry.Record(step, activity);
            StepTelemetry.End(activity, thrown: null);
            return step;
        }
        catch (Exception exception)
        {
            row?.Fail();
            StepTelemetry.End(activity, exception);
            throw;
        }
        finally
        {
            _turns.LeaveStep(failed: !isTaken);
        }
    }

    /// <summary>L, s and ∂J/∂θ at the current parameters; nothing changes. Dropout draws the mask of the coming step.</summary>
    public async Task<GradientResult> ComputeGradientsAsync(Minibatch minibatch, CancellationToken cancellationToken = default)
    {
        ThrowIfInferenceOnly();
        MinibatchValidator.Validate(this, minibatch);
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            MicroBatchRange[] ranges = MicroBatchRange.Split(minibatch.Count, Options.MicroBatches);
            var request = new PassRequest(
                PassMode.Gradients, StepsTaken, ranges, new PassData(minibatch.Inputs, minibatch.Targets, default), _schedules.Training(ranges.Length),
                Seat: NewestSeat);
            PassResult result = await RunAsync(request, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ParameterValues> gradients = await StageTransfer.ReadObjectiveGradientsAsync(_coordinator.Stages, request.Seat).ConfigureAwait(false);
            return new GradientResult(result.Loss, result.Regularization, gradients);
        }
        finally
        {
            _turns.LeaveAlone();
        }
    }

    /// <summary>
    /// Ends the stages' threads, frees their memory and closes the devices; waits for what is running. What a thread that is lost in a stalled layer may still look
    /// at is freed when it comes back. Calls that still wait for their turn throw <see cref="ObjectDisposedException"/>. A second call waits for the first.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _turns.EnterAloneAsync().ConfigureAwait(false);
        try
        {
            if (_closed) return;
            _closed = true;
            await _coordinator.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _turns.LeaveAlone();
        }
    }

    private PassRequest StepOn(in Minibatch minibatch, double learningRate, bool recordsTimeline)
    {
        bool follows = _turns.UnderWay > 0;
        long step = follows ? _nextStep : StepsTaken;
        MicroBatchRange[] ranges = MicroBatchRange.Split(minibatch.Count, Options.MicroBatches);
        PassOrders orders = _schedules.Training(ranges.Length);
        // From here on it has its number: what throws before takes none.
        _nextStep = step + 1;
        return new PassRequest(
            PassMode.Train, step, ranges, new PassData(minibatch.Inputs, minibatch.Targets, default), orders, learningRate,
            _clipping, _scaler.Scale, _scaler.MaySkip, _scaler.Skipped, RecordsTimeline: recordsTimeline, Seat: (int)(step % _versions), Follows: follows);
    }

    private StepResult ResultOf(PassRequest request, PassResult result, long started)
    {
        long now = Stopwatch.GetTimestamp(), before = Interlocked.Exchange(ref _lastEnd, now);
        return new StepResult(
            request.Step + 1, request.MicroBatches[^1].First + request.MicroBatches[^1].Count, result.Loss, result.Regularization, result.GradientNorm,
            request.LearningRate, Stopwatch.GetElapsedTime(Math.Max(started, before), now), _coordinator.TimesOf(request.Seat))
        {
            Skipped = result.Skipped,
            LossScale = request.LossScale,
            Staleness = (int)Math.Min(request.Step, _versions - 1),
            Timeline = request.RecordsTimeline ? ReadTimeline(request, started) : null,
        };
    }

    // The seat whose blocks compute with the newest weights: that of the step after the next where there are two versions.
    private int NewestSeat => (int)((StepsTaken + _versions - 1) % _versions);

    private async ValueTask<PassResult> RunAsync(PassRequest request, CancellationToken cancellationToken)
    {
        bool checksEveryAction = Options.NonFiniteCheck == NonFiniteCheck.Action;
        try
        {
            return await _coordinator.RunAsync(checksEveryAction ? request with { ChecksEveryAction = true } : request, cancellationToken).ConfigureAwait(false);
        }
        catch (PipelineException failure)
        {
            _telemetry.Fail();
            // The place in a step that overlaps this one is found by that one.
            if (!checksEveryAction && failure.Step == request.Step + 1 && failure.InnerException is NonFiniteValueException)
                await FindNonFiniteAsync(request, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a pass that was refused for its values again, without an update and with a look at every result: it throws where the first one is bad.</summary>
    private async Task FindNonFiniteAsync(PassRequest request, CancellationToken cancellationToken)
    {
        PassMode mode = request.Mode == PassMode.Train ? PassMode.Gradients : request.Mode;
        await _coordinator.RunAsync(request with { Mode = mode, ChecksEveryAction = true }, cancellationToken).ConfigureAwait(false);
    }

    private StepTimeline ReadTimeline(PassRequest request, long started) => new(
        request.Step + 1, Stopwatch.GetElapsedTime(started).TotalSeconds, [.. _coordinator.Stages.Select(stage => stage.ReadTimeline(request.Seat, started))])
    {
        DeviceOfStage = [.. _coordinator.Stages.Select(stage => stage.Definition.Lane)],
    };

    internal void ThrowIfInferenceOnly()
    {
        if (Options.InferenceOnly) throw new InvalidOperationException("The pipeline was built with InferenceOnly: it has no gradients and cannot train.");
    }

    private async Task EnterAloneAsync(CancellationToken cancellationToken)
    {
        await _turns.EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfUnusable();
        }
        catch
        {
            _turns.LeaveAlone();
            throw;
        }
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_coordinator.Broken is { } broken) throw new InvalidOperationException(broken);
    }
}
