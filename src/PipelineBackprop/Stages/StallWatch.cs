using System.Globalization;
using PipelineBackprop.Blocks;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>Looks at the passes under way from time to time and reports the one that has stood still for longer than the stall timeout.</summary>
internal sealed class StallWatch : IAsyncDisposable
{
    // A look that is late by so many periods means that the whole process stood still: nobody had time to go on.
    private const int LatePeriods = 4;

    private readonly IReadOnlyList<PipelineStage> _stages;
    private readonly IReadOnlyList<StageLane> _lanes;
    private readonly PassRun?[] _runs; // the coordinator's, by seat
    private readonly TimeSpan _timeout, _period;
    private readonly Action<PassRun, int, PipelineException> _fail;
    private readonly ITimer _timer;
    private long _lastLook = CoarseClock.Now, _resumed; // the last moment up to which the process stood still

    /// <param name="stages">Whose actions are looked at.</param>
    /// <param name="lanes">What they wait for.</param>
    /// <param name="runs">The passes under way, by seat.</param>
    /// <param name="timeout">How long an action, or the wait for one, may take.</param>
    /// <param name="time">Whose timer it is.</param>
    /// <param name="fail">Hears of a pass that stands still, of the stage where, and of what to say.</param>
    public StallWatch(
        IReadOnlyList<PipelineStage> stages, IReadOnlyList<StageLane> lanes, PassRun?[] runs, TimeSpan timeout, TimeProvider time, Action<PassRun, int, PipelineException> fail)
    {
        (_stages, _lanes, _runs, _timeout, _fail) = (stages, lanes, runs, timeout, fail);
        _period = TimeSpan.FromMilliseconds(Math.Clamp(timeout.TotalMilliseconds / 8, 5, 1000));
        _timer = time.CreateTimer(static state => ((StallWatch)state!).Look(), this, _period, _period);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        if (CoarseClock.Since(_lastLook) > LatePeriods * _period) Resume();
        _lastLook = CoarseClock.Now;
        bool anyBusy = false;
        PassRun? oldest = null;
        for (int seat = 0; seat < _runs.Length; seat++)
        {
            if (Volatile.Read(ref _runs[seat]) is not { Failure: null } run) continue;
            if (oldest is null || run.Pass.Step < oldest.Pass.Step) oldest = run;
            for (int stage = 0; stage < _stages.Count; stage++)
            {
                if (_stages[stage].CurrentOf(seat) is not { } current) continue;
                anyBusy = true;
                TimeSpan elapsed = CoarseClock.Since(Math.Max(current.Since, _resumed));
                if (elapsed > _timeout) Fail(run, stage, current.Place, $"has not returned for {Seconds(elapsed)} s");
            }
        }
        // What computes is bounded by its own time, so the wait for something to happen begins anew when it ends.
        if (anyBusy) Progress();
        if (oldest is null || oldest.SinceProgress <= _timeout) return;
        if (Lost(oldest) is { } lost)
        {
            Fail(oldest, lost.Stage, lost.Place, $"has not returned from step {lost.Step} for {Seconds(lost.Elapsed)} s");
            return;
        }
        PipelineAction awaited = _lanes.Select(lane => lane.Awaited).FirstOrDefault(action => action is not null) ?? default;
        Fail(oldest, awaited.Stage, new BlockPlace(-1, "schedule", awaited.Kind, awaited.MicroBatch), $"its input has not arrived for {Seconds(oldest.SinceProgress)} s");
    }

    // Where a stage is lost in a step that has been given up: it keeps the one before it, which is being taken, from its end.
    private (int Stage, BlockPlace Place, long Step, TimeSpan Elapsed)? Lost(PassRun waits)
    {
        for (int seat = 0; seat < _runs.Length; seat++)
        {
            if (Volatile.Read(ref _runs[seat]) is not { } run || run == waits) continue;
            for (int stage = 0; stage < _stages.Count; stage++)
                if (_stages[stage].CurrentOf(seat) is { } current && CoarseClock.Since(current.Since) is var elapsed && elapsed > _timeout)
                    return (stage, current.Place, run.Pass.Step + 1, elapsed);
        }
        return null;
    }

    private void Resume()
    {
        _resumed = CoarseClock.Now;
        Progress();
    }

    private void Progress()
    {
        for (int seat = 0; seat < _runs.Length; seat++) Volatile.Read(ref _runs[seat])?.Progress();
    }

    private void Fail(PassRun run, int stage, BlockPlace place, string what) => _fail(
        run, stage, new PipelineException(run.Pass.Step, stage, place, $"{what} (stall timeout {Seconds(_timeout)} s)", new TimeoutException(what)));

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
