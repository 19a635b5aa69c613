using System.Diagnostics;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>Adds up a stage's times over one pass. Written on the stage's thread, read when the pass has ended.</summary>
internal sealed class StageClock
{
    private readonly long[] _ticks = new long[ActionKindExtensions.Count];
    private long _first, _last, _started, _updateStarted, _update;

    public StageTimes Times => new(
        ToTime(_ticks[(int)ActionKind.Forward]), ToTime(_ticks[(int)ActionKind.InputGradient]), ToTime(_ticks[(int)ActionKind.WeightGradient]),
        ToTime(_update), ToTime(_last - _first));

    public void Reset()
    {
        Array.Clear(_ticks);
        _first = _last = _update = 0;
    }

    public void StartAction()
    {
        _started = Stopwatch.GetTimestamp();
        if (_first == 0) _first = _started;
    }

    public void EndAction(ActionKind action)
    {
        _last = Stopwatch.GetTimestamp();
        _ticks[(int)action] += _last - _started;
    }

    public void StartUpdate() => _updateStarted = Stopwatch.GetTimestamp();

    public void EndUpdate() => _update = Stopwatch.GetTimestamp() - _updateStarted;

    private static TimeSpan ToTime(long ticks) => Stopwatch.GetElapsedTime(0, ticks);
}
