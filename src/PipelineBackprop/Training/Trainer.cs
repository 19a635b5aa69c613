using System.Diagnostics;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Data;
using SamplerState = PipelineBackprop.Data.SamplerState;

namespace PipelineBackprop.Training;

/// <summary>
/// Trains a pipeline on a data set: deals minibatches, sets the learning rate, evaluates, saves checkpoints, stops early. One run at a time: a
/// call that comes during another is refused.
/// <para>A trainer counts the steps of its own training. Those that a pipeline took before, or that others take on it meanwhile, are not among them, neither in what the
/// options ask for nor in what an observer or the summary is told. A <see cref="Checkpoint"/> and a <see cref="Stages.PipelineException"/> count
/// <see cref="Pipeline.StepsTaken"/>, by which Adam corrects its means and dropout draws. On a pipeline that never trained the two counts are the same.</para>
/// </summary>
public sealed class Trainer
{
    private readonly Pipeline _pipeline;
    private readonly TrainerOptions _options;
    private readonly Dataset _train;
    private readonly Dataset? _test;
    private readonly MinibatchSampler _sampler;
    private readonly BestTracker _best;
    private readonly StepFeed _feed;

    private PipelineState? _bestState;
    private string? _lastCheckpoint;
    private long _lastCheckpointStep = -1;
    private double _lossSum;
    private long _lossSteps, _examples;
    private TimeSpan _stepTime;
    private int _isBusy; // 1 during a run or a resume

    /// <summary>Prepares a training; <paramref name="test"/> may be null or empty, then nothing is evaluated.</summary>
    /// <exception cref="InvalidInputException">Options or data that do not fit the pipeline.</exception>
    /// <exception cref="InvalidOperationException">The pipeline was built with <see cref="PipelineOptions.InferenceOnly"/>.</exception>
    public Trainer(Pipeline pipeline, TrainerOptions options, Dataset train, Dataset? test)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(train);
        pipeline.ThrowIfInferenceOnly();
        TrainerOptionsValidator.Validate(pipeline, options, train, test);
        (_pipeline, _options, _train, _test) = (pipeline, options, train, test is { Count: > 0 } ? test : null);
        _sampler = new MinibatchSampler(train.Count, options.BatchSize, options.Seed, options.Shuffle, options.DropLast);
        _best = new BestTracker(options.EarlyStopping);
        _feed = new StepFeed(pipeline, options, train, _sampler);
        TotalSteps = options.Steps ?? checked((long)options.Epochs * _sampler.MinibatchesPerEpoch);
    }

    /// <summary>Steps of this training when all is done, those before a resume included.</summary>
    public long TotalSteps { get; }

    /// <summary>Steps of this training so far, those before a resume included.</summary>
    public long StepsTaken => _feed.StepsTaken;

    /// <summary>Whether early stopping has lost its patience, in this run or, after a resume, in the one that wrote the checkpoint: no step is taken any more.</summary>
    public bool HasStoppedEarly => _best.IsExhausted;

    /// <summary>Continues the training that wrote a checkpoint, and its count of steps, bit-equal to a training that was never interrupted.</summary>
    /// <exception cref="InvalidInputException">The checkpoint is of another model, optimizer, seed or data set; nothing is changed then.</exception>
    /// <exception cref="InvalidOperationException">The trainer is running; that run is not disturbed.</exception>
    public async Task ResumeAsync(Checkpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        Begin();
        try
        {
            TrainingCheckpoint.Validate(checkpoint, _pipeline, _options, _train);
            await _pipeline.RestoreAsync(
                new PipelineState(checkpoint.Step, checkpoint.Parameters, checkpoint.OptimizerState) { Scalars = checkpoint.OptimizerScalars }, cancellationToken).ConfigureAwait(false);
            (long taken, long skipped) = TrainingCheckpoint.CountsOf(checkpoint, _pipeline);
            _feed.Continue(new SamplerState(checkpoint.SamplerEpoch, (int)checkpoint.SamplerPosition), taken, skipped);
            _best.Restore(checkpoint.Best);
            _lastCheckpointStep = checkpoint.Step;
            (_bestState, _lossSum, _lossSteps) = (null, 0, 0);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    /// <summary>
    /// Trains to the end. After an exception the next call goes on with the minibatch that was not taken. The caller's thread is held only until the observer has heard
    /// <see cref="ITrainingObserver.Started"/>; the rest, short steps included, is done by threads of the pool and of the pipeline.
    /// </summary>
    /// <param name="observer">Hears of every step; null for nobody.</param>
    /// <param name="stopAfterStep">Asks to finish the step, save a checkpoint and return.</param>
    /// <param name="cancellationToken">Stops at once; the parameters stay those of the last whole step.</param>
    /// <exception cref="Stages.PipelineException">A step failed.</exception>
    /// <exception cref="OperationCanceledException">The second token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The trainer is running already; that run is not disturbed.</exception>
    public async Task<TrainingSummary> RunAsync(
        ITrainingObserver? observer = null, CancellationToken stopAfterStep = default, CancellationToken cancellationToken = default)
    {
        Begin();
        try { return await RunAloneAsync(observer, stopAfterStep, cancellationToken).ConfigureAwait(false); }
        finally { Volatile.Write(ref _isBusy, 0); }
    }

    private void Begin()
    {
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
            throw new InvalidOperationException("The trainer is in the middle of a RunAsync or ResumeAsync: await that before another, or train with one trainer after the other.");
    }

    private async Task<TrainingSummary> RunAloneAsync(ITrainingObserver? observer, CancellationToken stopAfterStep, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        observer?.Started(new TrainingPlan(StepsTaken, TotalSteps, _sampler.MinibatchesPerEpoch, _train.Count, _test?.Count ?? 0));
        // Short steps are computed by whoever asks for them, thousands in a row; that is not to be the caller.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        TrainingEnd end = await LoopAsync(observer, stopAfterStep, cancellationToken).ConfigureAwait(false);
        bool restoreBest = _options.EarlyStopping is not null && end != TrainingEnd.Interrupted;
        if (restoreBest) await RestoreBestAsync(cancellationToken).ConfigureAwait(false);
        if (_options.Checkpoints is not null && (_lastCheckpointStep != _pipeline.StepsTaken || restoreBest))
            await SaveAsync(observer, isBest: false, cancellationToken).ConfigureAwait(false);
        return await SummarizeAsync(end, started, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TrainingEnd> LoopAsync(ITrainingObserver? observer, CancellationToken stopAfterStep, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                while (MayStart(stopAfterStep)) _feed.Start(cancellationToken);
                if (_feed.IsEmpty) break;
                await EndStepAsync(observer).ConfigureAwait(false);
                // Behind a step after which something is due none is started.
                if (_feed.IsEmpty) await DoWhatIsDueAsync(observer, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await _feed.AbandonAsync().ConfigureAwait(false);
            throw;
        }
        if (StepsTaken >= TotalSteps) return TrainingEnd.Completed;
        if (stopAfterStep.IsCancellationRequested) return TrainingEnd.Interrupted;
        if (_best.IsExhausted) return TrainingEnd.StoppedEarly;
        throw new UnreachableException($"Nothing stopped the training, and yet it took {StepsTaken} of {TotalSteps} steps.");
    }

    private bool MayStart(CancellationToken stopAfterStep) =>
        _feed.HasRoom && _feed.StepsStarted < TotalSteps && !stopAfterStep.IsCancellationRequested && !_best.IsExhausted
        && (_feed.IsEmpty || !(IsEvaluationDue || IsCheckpointDue));

    private async Task EndStepAsync(ITrainingObserver? observer)
    {
        (StepResult step, long epoch) = await _feed.EndOldestAsync().ConfigureAwait(false);
        _lossSum += step.Loss;
        _lossSteps++;
        _examples += step.Examples;
        _stepTime += step.Duration;
        observer?.StepEnded(step, epoch);
    }

    private async Task DoWhatIsDueAsync(ITrainingObserver? observer, CancellationToken cancellationToken)
    {
        bool isBest = IsEvaluationDue && await EvaluateAsync(observer, cancellationToken).ConfigureAwait(false);
        bool keepBest = isBest && _options.EarlyStopping is not null;
        if (_options.Checkpoints is not null && (keepBest || IsCheckpointDue)) await SaveAsync(observer, keepBest, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> EvaluateAsync(ITrainingObserver? observer, CancellationToken cancellationToken)
    {
        if (_test is null) return false;
        EvaluationResult test = await _pipeline.EvaluateAsync(_test, cancellationToken).ConfigureAwait(false);
        // Noted with its parameters or, where the call is cancelled before they are there, not at all.
        if (_best.IsBest(test) && _options.EarlyStopping is not null) _bestState = await _pipeline.CaptureAsync(cancellationToken).ConfigureAwait(false);
        bool isBest = _best.Note(test, _pipeline.StepsTaken);
        double trainLoss = _lossSteps == 0 ? double.NaN : _lossSum / _lossSteps;
        (_lossSum, _lossSteps) = (0, 0);
        observer?.Evaluated(new TrainingEvaluation(StepsTaken, _sampler.State.Epoch, trainLoss, test, isBest));
        return isBest;
    }

    private async Task RestoreBestAsync(CancellationToken cancellationToken)
    {
        // Without an evaluation there is no best; one from before a resume is on disk.
        if (_bestState is null && _best.BestStep is { } step && _options.Checkpoints is { } store)
        {
            Checkpoint best = (await store.LoadBestAsync(cancellationToken).ConfigureAwait(false)).Checkpoint;
            if (best.Step != step)
                throw new InvalidInputException($"the best checkpoint in {store.Folder} is of step {best.Step}, but the best evaluation was at step {step}.");
            _bestState = new PipelineState(best.Step, best.Parameters, best.OptimizerState) { Scalars = best.OptimizerScalars };
        }
        // The step stays: the training has gone this far, and only its parameters are those of an earlier one.
        if (_bestState is not null)
            await _pipeline.RestoreAsync(_bestState with { Step = _pipeline.StepsTaken }, cancellationToken).ConfigureAwait(false);
    }

    private async Task SaveAsync(ITrainingObserver? observer, bool isBest, CancellationToken cancellationToken)
    {
        Activity? activity = _pipeline.Telemetry.Start("save checkpoint");
        try
        {
            PipelineState state = await _pipeline.CaptureAsync(cancellationToken).ConfigureAwait(false);
            Checkpoint checkpoint = TrainingCheckpoint.Create(state, _pipeline, _options, _train, _sampler.State, (StepsTaken, _feed.StepsSkipped), _best.Save(), isBest);
            _lastCheckpoint = await _options.Checkpoints!.SaveAsync(checkpoint, cancellationToken).ConfigureAwait(false);
            _lastCheckpointStep = state.Step;
            StepTelemetry.End(activity, thrown: null);
        }
        catch (Exception exception)
        {
            StepTelemetry.End(activity, exception);
            throw;
        }
        observer?.CheckpointSaved(StepsTaken, _lastCheckpoint);
    }

    private async Task<TrainingSummary> SummarizeAsync(TrainingEnd end, long started, CancellationToken cancellationToken)
    {
        bool measured = end != TrainingEnd.Interrupted;
        EvaluationResult? train = measured ? await _pipeline.EvaluateAsync(_train, cancellationToken).ConfigureAwait(false) : null;
        EvaluationResult? test = measured && _test is not null ? await _pipeline.EvaluateAsync(_test, cancellationToken).ConfigureAwait(false) : null;
        double regularization = await _pipeline.RegularizationAsync(cancellationToken).ConfigureAwait(false);
        double speed = _stepTime > TimeSpan.Zero ? _examples / _stepTime.TotalSeconds : 0;
        return new TrainingSummary(
            end, StepsTaken, _sampler.State.Epoch, train, test, regularization, speed,
            Stopwatch.GetElapsedTime(started), MemoryReport.Of(_pipeline.Ledger), _lastCheckpoint, _pipeline.Staleness)
        {
            SkippedSteps = _pipeline.Options.LossScaling is null ? null : _feed.StepsSkipped,
        };
    }

    private bool IsEvaluationDue => IsDue(_options.EvaluateEverySteps, _options.EvaluateEveryEpochs);

    private bool IsCheckpointDue => _options.Checkpoints is not null && IsDue(_options.CheckpointEverySteps, _options.CheckpointEveryEpochs);

    /// <summary>Whether something is due after the last step that was started.</summary>
    private bool IsDue(long? everySteps, int? everyEpochs)
    {
        if (everySteps is { } steps && _feed.StepsStarted % steps == 0) return true;
        SamplerState state = _sampler.State;
        return everyEpochs is { } epochs && state.Position == 0 && state.Epoch % epochs == 0;
    }
}
