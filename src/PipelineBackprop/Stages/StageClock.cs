using System.Diagnostics;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>Adds up a stage's times over one pass, and records each where that is wanted. Written on the stage's thread, read when the pass has ended.</summary>
internal sealed class StageClock
{
    // An action, the wait before it with help to some products, a transfer at either end, a recomputation with its own transfer.
    private const int EventsPerAction = 12, EventsPerStep = 8;

    private readonly long[] _ticks = new long[ActionKindExtensions.Count];
    private long _first, _last, _started, _updateStarted, _update;

    public StageTimes Times => new(
        ToTime(_ticks[(int)ActionKind.Forward]), ToTime(_ticks[(int)ActionKind.InputGradient]), ToTime(_ticks[(int)ActionKind.WeightGradient]),
        ToTime(_update), ToTime(_last - _first));

    /// <summary>What is recorded of the pass; off in most.</summary>
    public StageRecorder Recorder { get; } = new();

    public void Begin(bool records, int actions)
    {
        Array.Clear(_ticks);
        _first = _last = _update = 0;
        Recorder.Begin(records, EventsPerAction * actions + EventsPerStep);
    }

    public void StartAction()
    {
        _started = Stopwatch.GetTimestamp();
        if (_first == 0) _first = _started;
        Recorder.EndWait(_started);
    }

    public void EndAction(ActionKind action, int microBatch)
    {
        _last = Stopwatch.GetTimestamp();
        _ticks[(int)action] += _last - _started;
        Recorder.Add(KindOf(action), microBatch, _started, _last);
    }

    public void EndRecomputation(int microBatch) => Recorder.End(TimelineEventKind.Recomputation, microBatch, _started);

    public void StartReport() => _updateStarted = Recorder.Start();

    public void EndReport() => Recorder.End(TimelineEventKind.Update, -1, _updateStarted);

    public void StartUpdate()
    {
        _updateStarted = Stopwatch.GetTimestamp();
        Recorder.EndWait(_updateStarted);
    }

    public void EndUpdate()
    {
        long now = Stopwatch.GetTimestamp();
        _update = now - _updateStarted;
        Recorder.Add(TimelineEventKind.Update, -1, _updateStarted, now);
    }

    private static TimelineEventKind KindOf(ActionKind action) => action switch
    {
        ActionKind.Forward => TimelineEventKind.Forward,
        ActionKind.InputGradient => TimelineEventKind.InputGradient,
        _ => TimelineEventKind.WeightGradient,
    };

    private static TimeSpan ToTime(long ticks) => Stopwatch.GetElapsedTime(0, ticks);
}
