using System.Diagnostics;

namespace PipelineBackprop.Compute.Threading;

/// <summary>
/// The wait of a thread that expects work soon: it stays awake for a while, because waking a thread costs tens of microseconds, and gives its core to whoever
/// is ready to run in between. One object a wait.
/// </summary>
internal struct IdleSpin
{
    private static readonly long s_limit = Stopwatch.Frequency / 5_000;

    /// <summary>How long a thread stays awake: longer than what lies between two products of a step, or between two steps; far shorter than a time slice.</summary>
    public static TimeSpan Limit => Stopwatch.GetElapsedTime(0, s_limit);

    private const int PausesBetweenYields = 32;
    private int _count;
    private long _deadline;

    /// <summary>Waits a moment; false when it is time to sleep.</summary>
    public bool Once()
    {
        Thread.SpinWait(4);
        if (++_count % PausesBetweenYields != 0) return true;
        long now = Stopwatch.GetTimestamp();
        if (_deadline == 0) _deadline = now + s_limit;
        Thread.Yield();
        return now < _deadline;
    }
}
