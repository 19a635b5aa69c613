using System.Diagnostics;
using System.Runtime.ExceptionServices;
using PipelineBackprop.Blocks;
using PipelineBackprop.Diagnostics;

namespace PipelineBackprop.Stages;

/// <summary>
/// Runs passes over the stages of a pipeline, one at a time or, where the schedule is asynchronous, two that overlap: starts them, lets the last stage to report
/// decide the step for all, and, when anything goes wrong, brings every stage to rest before the caller hears of it.
/// </summary>
internal sealed class PassCoordinator : IStageListener, IAsyncDisposable
{
    // A moment to hear of the token, beyond the time an action may take.
    private static readonly TimeSpan s_grace = TimeSpan.FromMilliseconds(250);

    private readonly IReadOnlyList<PipelineStage> _stages;
    private readonly IReadOnlyList<StageLane> _lanes;
    private readonly ShortPasses _short;
    private readonly TimeSpan _stallTimeout;
    private readonly StallWatch _watch;
    private readonly Lock _lock = new();
    private readonly PassRun?[] _runs; // by seat; written under _lock
    private Exception? _refusal; // why no step can be taken that was numbered behind one that has failed; guarded by _lock

    public PassCoordinator(Func<IStageListener, IReadOnlyList<PipelineStage>> createStages, TimeSpan stallTimeout, TimeProvider time)
    {
        _stages = createStages(this);
        _lanes =
        [
            .. Enumerable.Range(0, _stages.Max(stage => stage.Definition.Lane) + 1)
                .Select(lane => new StageLane([.. _stages.Where(stage => stage.Definition.Lane == lane)])),
        ];
        _short = new ShortPasses(_lanes, _stages);
        _runs = new PassRun?[_stages[0].Definition.WeightVersions];
        _stallTimeout = stallTimeout;
        _watch = new StallWatch(_stages, _lanes, _runs, stallTimeout, time, FailStalled);
    }

    public IReadOnlyList<PipelineStage> Stages => _stages;

    /// <summary>The stages' times of the last pass on a seat.</summary>
    public StageTimes[] TimesOf(int seat)
    {
        var times = new StageTimes[_stages.Count];
        for (int stage = 0; stage < times.Length; stage++) times[stage] = _stages[stage].TimesOf(seat);
        return times;
    }

    /// <summary>Opens the devices and brings the stages to life.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (StageLane lane in _lanes) await lane.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Why no further pass can run, or null.</summary>
    public string? Broken { get; private set; }

    /// <summary>
    /// Runs a pass to its end; begins before it returns. One at a time, or as many as there are seats, each of the step after the one before, and none once
    /// <see cref="Broken"/> says why. When one fails those under way fail with it, for the same reason, unless they are being taken already.
    /// </summary>
    /// <exception cref="PipelineException">Something failed in a block.</exception>
    /// <exception cref="OperationCanceledException">The caller's token.</exception>
    public async ValueTask<PassResult> RunAsync(PassRequest request, CancellationToken cancellationToken)
    {
        // Not disposed: a thread lost in a layer may look at its token later, and a source without a timer holds nothing.
        var cancellation = new CancellationTokenSource();
        var run = new PassRun(request, _stages.Count, cancellation);
        long started = Stopwatch.GetTimestamp();
        using (cancellationToken.UnsafeRegister(
            static (state, token) => ((PassRun)state!).TryFail(new OperationCanceledException(token)), run))
        {
            bool runsHere = _short.TryTake();
            if (Begin(run) is { } failing)
            {
                // Nothing was begun; only where passes overlap, and there no caller runs them.
                await failing.Completion.ConfigureAwait(false);
                throw PassVerdict.Told(run.Pass, failing.Failure!, cancellationToken);
            }
            if (runsHere) _short.RunHere(run.Completion);
            await run.Completion.ConfigureAwait(false);
        }
        _short.Note(started);
        if (run.Failure is { } failure) await GiveUpTogetherAsync(run, failure).ConfigureAwait(false);
        lock (_lock)
        {
            // Those that were given up together go together.
            for (int seat = 0; seat < _runs.Length; seat++)
                if (_runs[seat] == run || (run.GivenUp is { } round && _runs[seat]?.GivenUp == round)) _runs[seat] = null;
            if (request.Mode == PassMode.Train) _refusal = run.Failure ?? _refusal;
        }
        return run.Failure is null ? run.Result : throw PassVerdict.Told(run.Pass, run.Failure, cancellationToken);
    }

    /// <summary>Sets the stages going, unless a pass under way has failed: that one is returned.</summary>
    private PassRun? Begin(PassRun run)
    {
        lock (_lock)
        {
            if (_runs.FirstOrDefault(other => other is { IsFailed: true }) is { } failing) return failing;
            if (run.Pass.Mode == PassMode.Train) RequireStepBefore(run);
            _runs[run.Pass.Seat] = run;
            // Last stage first, so that each has begun before anything can reach it.
            for (int stage = _stages.Count - 1; stage >= 0; stage--)
                _stages[stage].Post(new StageMail(StageMail.Kind.Begin) { Pass = run.Pass, Orders = run.Request.Orders });
            return null;
        }
    }

    // A step that got its number while the one before it was still under way, though it had failed.
    private void RequireStepBefore(PassRun run)
    {
        if (!run.Request.Follows) _refusal = null;
        else if (_refusal is not null) throw PassVerdict.Told(run.Pass, _refusal, own: default);
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync().ConfigureAwait(false);
        // A stage that is lost in an action has had its time when the pipeline broke.
        TimeSpan patience = Broken is null ? _stallTimeout + s_grace : s_grace;
        ExceptionDispatchInfo? first = null;
        foreach (PipelineStage stage in _stages)
        {
            // Whatever one of them says, the others are stopped and closed too.
            try { await stage.StopAsync(patience).ConfigureAwait(false); }
            catch (Exception exception) { first ??= ExceptionDispatchInfo.Capture(exception); }
        }
        foreach (PipelineStage stage in _stages) await stage.ClosedAsync(patience).ConfigureAwait(false);
        first?.Throw();
    }

    public void Finished(int stage, Pass pass, GradientReport? report, BlockFault? nonFinite)
    {
        if (RunOf(pass) is not { } run || !run.Finish(stage, report, nonFinite)) return;
        run.Result = PassVerdict.Summarize(run);
        if (PassVerdict.FindNonFinite(run, _stages) is { } failure) run.TryFail(failure);
        else if (!IsBehindFailure(run) && run.TryCommit()) Commit(run);
    }

    public void Updated(int stage, Pass pass)
    {
        if (RunOf(pass) is { } run && run.Update()) run.Complete();
    }

    public void Failed(int stage, Pass pass, BlockFault fault, bool duringUpdate)
    {
        if (RunOf(pass) is not { } run) return;
        PipelineException failure = PassVerdict.Failure(pass, stage, fault);
        if (duringUpdate) run.FailUpdate(failure, HalfChanged(stage, pass));
        else run.TryFail(failure);
    }

    public void Acknowledged(int stage, Pass pass, AbortPhase phase) => RunOf(pass)?.Abort?.Acknowledge(phase, stage);

    public void Progressed()
    {
        for (int seat = 0; seat < _runs.Length; seat++) Volatile.Read(ref _runs[seat])?.Progress();
    }

    // Such a run is given up with the other, whose verdict came before: stages report passes in their order.
    private bool IsBehindFailure(PassRun run)
    {
        for (int seat = 0; seat < _runs.Length; seat++)
            if (Volatile.Read(ref _runs[seat]) is { IsFailed: true } other && other.Pass.Step < run.Pass.Step) return true;
        return false;
    }

    private PassRun? RunOf(Pass pass) => Volatile.Read(ref _runs[pass.Seat]) is { } run && run.Pass == pass ? run : null;

    private void Commit(PassRun run)
    {
        if (run.Pass.Mode != PassMode.Train || run.Result.Skipped)
        {
            run.Complete();
            return;
        }
        double scale = run.Request.Clipping?.Scale(run.Result.GradientNorm) ?? 1;
        var decision = new UpdateDecision(run.Pass.Step + 1 - run.Request.SkippedBefore, run.Request.LearningRate, scale / run.Request.LossScale);
        for (int stage = 0; stage < _stages.Count; stage++)
            _stages[stage].Post(new StageMail(StageMail.Kind.Commit) { Pass = run.Pass, Decision = decision });
    }

    /// <summary>Gives up what is under way: no step can be taken without the one before. A step that is being taken comes to its end first.</summary>
    private Task GiveUpTogetherAsync(PassRun run, Exception failure)
    {
        lock (_lock)
        {
            // The round of one that was given up with another is over, perhaps, and other passes have begun.
            if (run.GivenUp is { } over) return over;
            PassRun[] all = [.. _runs.OfType<PassRun>()];
            if (all.Select(other => other.GivenUp).FirstOrDefault(task => task is not null) is { } underWay) return underWay;
            PassRun[] failed = [.. all.Where(other => other == run || other.TryFail(failure) || other.IsFailed)];
            var round = new AbortRound(_stages.Count);
            foreach (PassRun other in failed) other.Abort = round;
            Task givenUp = GiveUpAsync(run, round, Task.WhenAll(all.Select(other => other.Completion)));
            foreach (PassRun other in failed) other.GivenUp = givenUp;
            return givenUp;
        }
    }

    private async Task GiveUpAsync(PassRun run, AbortRound round, Task taken)
    {
        await taken.ConfigureAwait(false);
        Broken ??= _runs.OfType<PassRun>().Select(other => other.Breakage).FirstOrDefault(breakage => breakage is not null);
        PostToAll(StageMail.Kind.Abort, run);
        await StopAllAsync(round).ConfigureAwait(false);
        if (Broken is not null) return;
        await TidyAsync(StageMail.Kind.Drain, AbortPhase.Drained, run, round).ConfigureAwait(false);
        if (Broken is not null) return;
        foreach (PipelineStage stage in _stages) stage.LeaveAbandoned();
        await TidyAsync(StageMail.Kind.Reclaim, AbortPhase.Reclaimed, run, round).ConfigureAwait(false);
    }

    private void PostToAll(StageMail.Kind what, PassRun run)
    {
        foreach (PipelineStage stage in _stages) stage.Post(new StageMail(what) { Pass = run.Pass });
    }

    /// <summary>Has every stage put away what the pass left; one that cannot, breaks the pipeline.</summary>
    private async Task TidyAsync(StageMail.Kind what, AbortPhase phase, PassRun run, AbortRound round)
    {
        PostToAll(what, run);
        try
        {
            await round.All(phase).WaitAsync(_stallTimeout + s_grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            int stage = Enumerable.Range(0, _stages.Count).FirstOrDefault(index => !round.Has(phase, index));
            Broken = $"Stage {stage} could not put away what step {run.Pass.Step + 1} left, as when a layer releases a tensor that is not its own; " +
                     "dispose this pipeline and load a checkpoint into a new one.";
        }
    }

    /// <summary>Waits until no stage computes; a lane whose action outlasts the stall timeout is given other workers.</summary>
    private async Task StopAllAsync(AbortRound round)
    {
        Task stopped = round.All(AbortPhase.Stopped);
        long asked = CoarseClock.Now;
        while (!stopped.IsCompleted)
        {
            await Task.WhenAny(stopped, Task.Delay(s_grace)).ConfigureAwait(false);
            foreach (StageLane lane in _lanes)
            {
                if (FindLost(round, lane, asked) is not { } lost) continue;
                // Half-changed parameters need no other worker, and the lost one may still be writing them.
                if (Broken is not null) return;
                if (!lost.CanReplaceWorker)
                {
                    Broken = $"Stage {lost.Definition.Index} on {lost.Definition.Device.Name} has not returned from a stalled action, and its device cannot be " +
                             "given to another thread; dispose this pipeline and load a checkpoint into a new one.";
                    return;
                }
                try
                {
                    await lane.ReplaceWorkersAsync().ConfigureAwait(false);
                }
                catch (Exception exception)
                {
                    Broken = $"Stage {lost.Definition.Index} on {lost.Definition.Device.Name} has not returned from a stalled action, and could not be given another thread " +
                             $"({exception.Message}); dispose this pipeline and load a checkpoint into a new one.";
                    return;
                }
                foreach (PipelineStage stage in lane.Stages) round.Acknowledge(AbortPhase.Stopped, stage.Definition.Index);
            }
        }
    }

    /// <summary>The stage of a lane that was asked to stop and has had its time: an action's, or as long without one. Null while there is time.</summary>
    private PipelineStage? FindLost(AbortRound round, StageLane lane, long asked)
    {
        PipelineStage? silent = lane.Stages.FirstOrDefault(stage => !round.Has(AbortPhase.Stopped, stage.Definition.Index));
        if (silent is null || CoarseClock.Since(asked) < s_grace) return null;
        var current = lane.Current;
        return CoarseClock.Since(current?.Since ?? asked) > _stallTimeout ? current?.Stage ?? silent : null;
    }

    private void FailStalled(PassRun run, int stage, PipelineException failure)
    {
        if (!run.TryFail(failure)) run.FailUpdate(failure, HalfChanged(stage, run.Pass));
    }

    private static string HalfChanged(int stage, Pass pass) =>
        $"The update of step {pass.Step + 1} failed on stage {stage} and left parameters half changed; load a checkpoint into a new pipeline.";
}
