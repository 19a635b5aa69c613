using System.Runtime.InteropServices;

namespace PipelineBackprop.Compute.Threading;

/// <summary>
/// One background thread of a <see cref="ThreadTeam"/> and the small state machine over which the team's caller hands it work:
/// <code>
/// Idle ──offer──► Offered ──take──► Taken ──────────► Idle        (helper finished first)
///  │ ▲               │                └──await──► Awaited ──► Idle, and the caller is woken
///  │ └───withdraw────┘
///  └─park─► Parked ──offer──► Offered, and the helper is woken        any ──► Stopped (dispose)
/// </code>
/// An offer that the helper has not taken yet can be withdrawn, so a run never waits for a thread that has not woken up.
/// </summary>
internal sealed class TeamHelper
{
    private const int Idle = 0, Parked = 1, Offered = 2, Taken = 3, Awaited = 4, Stopped = 5;

    private readonly ThreadTeam _team;
    private readonly int _number;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _finished = new(0);
    private PaddedState _state;

    internal TeamHelper(ThreadTeam team, int number, string name, Action<Thread>? start)
    {
        _team = team;
        _number = number;
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        if (start is null) _thread.Start();
        else start(_thread);
    }

    /// <summary>Caller: offers the team's current run. Call only when the helper is idle or parked.</summary>
    internal void Offer()
    {
        if (Interlocked.Exchange(ref _state.Value, Offered) == Parked)
            _wake.Release();
    }

    /// <summary>Caller: withdraws the offer, or waits until the helper has left the run it took.</summary>
    internal void WithdrawOrAwait()
    {
        if (Interlocked.CompareExchange(ref _state.Value, Idle, Offered) == Offered)
            return;
        var idle = new IdleSpin();
        do
        {
            if (Volatile.Read(ref _state.Value) != Taken)
                return;
        }
        while (idle.Once());
        if (Interlocked.CompareExchange(ref _state.Value, Awaited, Taken) == Taken)
            _finished.Wait();
    }

    /// <summary>Caller: ends the thread and waits for it. No run may be in progress.</summary>
    internal void Stop()
    {
        if (Interlocked.Exchange(ref _state.Value, Stopped) == Parked)
            _wake.Release();
        _thread.Join();
        _wake.Dispose();
        _finished.Dispose();
    }

    private void Loop()
    {
        while (WaitForOffer())
        {
            _team.Work(_number);
            if (Interlocked.CompareExchange(ref _state.Value, Idle, Taken) == Awaited)
            {
                Volatile.Write(ref _state.Value, Idle);
                _finished.Release();
            }
        }
    }

    // True with an offer taken; false when the team is disposed.
    private bool WaitForOffer()
    {
        var idle = new IdleSpin();
        while (true)
        {
            int state = Volatile.Read(ref _state.Value);
            if (state == Stopped)
                return false;
            if (state == Offered)
            {
                if (Interlocked.CompareExchange(ref _state.Value, Taken, Offered) == Offered)
                    return true;
            }
            else if (!idle.Once() && Interlocked.CompareExchange(ref _state.Value, Parked, Idle) == Idle)
            {
                _wake.Wait();
                idle = new IdleSpin();
            }
        }
    }

    // Alone on its cache lines: the helper spins on it while the other helpers' states change.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct PaddedState
    {
        [FieldOffset(128)] public int Value;
    }
}
