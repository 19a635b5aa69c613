using System.Diagnostics;

namespace PipelineBackprop.Diagnostics;

/// <summary>
/// Notes what a stage does and when, for steps that are to be drawn. Costs one comparison an event while it is off, and takes no memory then; what it
/// takes with the first recorded step serves all later ones. Written on the stage's thread, read when the pass has ended.
/// </summary>
internal sealed class StageRecorder
{
    private (TimelineEventKind Kind, int MicroBatch, long Start, long End)[] _events = [];
    private int _count;
    private bool _isOn;
    private long _began;
    private long _waitingSince; // 0 while the stage does not wait

    /// <summary>Begins a pass: forgets the last one, and takes room for that many events if it is to be recorded.</summary>
    public void Begin(bool records, int capacity)
    {
        _isOn = records;
        _count = 0;
        _waitingSince = 0;
        if (records && _events.Length < capacity) _events = new (TimelineEventKind, int, long, long)[capacity];
        _began = Start();
    }

    /// <summary>The start of a stretch, for <see cref="End"/>; 0 while off.</summary>
    public long Start() => _isOn ? Stopwatch.GetTimestamp() : 0;

    /// <summary>A stretch ends now.</summary>
    public void End(TimelineEventKind kind, int microBatch, long start)
    {
        if (_isOn) Add(kind, microBatch, start, Stopwatch.GetTimestamp());
    }

    /// <summary>A stretch whose times were taken elsewhere.</summary>
    public void Add(TimelineEventKind kind, int microBatch, long start, long end)
    {
        if (!_isOn) return;
        if (_count == _events.Length) Array.Resize(ref _events, 2 * _count + 1);
        _events[_count++] = (kind, microBatch, start, end);
    }

    /// <summary>The stage has nothing to do from now on; nothing when it waits already.</summary>
    public void StartWait()
    {
        if (_isOn && _waitingSince == 0) _waitingSince = Stopwatch.GetTimestamp();
    }

    /// <summary>The stage goes on; nothing when it did not wait.</summary>
    public void EndWait(long now)
    {
        if (_waitingSince == 0) return;
        Add(TimelineEventKind.Wait, -1, _waitingSince, now);
        _waitingSince = 0;
    }

    /// <summary>The stage's thread has helped others since <paramref name="start"/>, which is noted where the stage waits.</summary>
    public void EndHelp(long start)
    {
        if (_waitingSince != 0) End(TimelineEventKind.Help, -1, Math.Max(start, _waitingSince));
    }

    /// <summary>What was noted, outer stretches before those within; times in seconds from <paramref name="zero"/>.</summary>
    public TimelineEvent[] Read(long zero)
    {
        var events = new TimelineEvent[_count + 1];
        long last = _began;
        for (int i = 0; i < _count; i++)
        {
            (TimelineEventKind kind, int microBatch, long start, long end) = _events[i];
            last = Math.Max(last, end);
            events[i] = new TimelineEvent(kind, microBatch, Seconds(start - zero), Seconds(end - zero));
        }
        events[_count] = new TimelineEvent(TimelineEventKind.Step, -1, Seconds(_began - zero), Seconds(last - zero));
        Array.Sort(events, static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.End.CompareTo(a.End));
        return events;
    }

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;
}
