using System.Diagnostics;
using PipelineBackprop.Blocks;
using PipelineBackprop.Diagnostics;

namespace PipelineBackprop.Stages;

/// <summary>The state of the pass that is running: who has reported, and whether it still can fail. Thread-safe.</summary>
internal sealed class PassRun
{
    private const int Running = 0, Committed = 1, Failed = 2, Ended = 3;

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation;
    private readonly GradientReport?[] _reports;
    private readonly BlockFault?[] _nonFinite;
    private int _state, _unfinished, _notUpdated;
    private long _progress = CoarseClock.Now;

    public PassRun(PassRequest request, int stages, CancellationTokenSource cancellation)
    {
        Request = request;
        _cancellation = cancellation;
        _reports = new GradientReport?[stages];
        _nonFinite = new BlockFault?[stages];
        _unfinished = _notUpdated = stages;
        Pass = new Pass(request.Mode, request.Step, request.MicroBatches, request.Data, cancellation.Token, request.LossScale)
        {
            ChecksEveryAction = request.ChecksEveryAction,
            RecordsTimeline = request.RecordsTimeline,
            Seat = request.Seat,
            Direction = request.Direction,
        };
    }

    public PassRequest Request { get; }

    public Pass Pass { get; }

    /// <summary>Acknowledgements while the pass is given up, one round for all passes that are given up together; null before that begins.</summary>
    public AbortRound? Abort { get; set; }

    /// <summary>Ends when the pass has been given up; null before that begins. Guarded by the coordinator.</summary>
    public Task? GivenUp { get; set; }

    /// <summary>Whether the pass has failed, perhaps a moment before <see cref="Failure"/> says why.</summary>
    public bool IsFailed => Volatile.Read(ref _state) == Failed;

    /// <summary>Ends when the pass has ended well or has failed.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Why the pass failed: the first fault wins.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Why no pass can follow this one: its update is half taken; null in all other cases.</summary>
    public string? Breakage { get; private set; }

    /// <summary>Set by the stage that reported last.</summary>
    public PassResult Result { get; set; } = null!;

    public IReadOnlyList<GradientReport?> Reports => _reports;

    /// <summary>Where each stage met NaN or infinity first, if it only knew at the end.</summary>
    public IReadOnlyList<BlockFault?> NonFinite => _nonFinite;

    public TimeSpan SinceProgress => CoarseClock.Since(Volatile.Read(ref _progress));

    public void Progress() => Volatile.Write(ref _progress, CoarseClock.Now);

    /// <summary>Whether this was the last stage to finish.</summary>
    public bool Finish(int stage, GradientReport? report, BlockFault? nonFinite)
    {
        _reports[stage] = report;
        _nonFinite[stage] = nonFinite;
        return Interlocked.Decrement(ref _unfinished) == 0;
    }

    /// <summary>From here on nothing but an update fault can stop the pass; false when it has already failed.</summary>
    public bool TryCommit() => Interlocked.CompareExchange(ref _state, Committed, Running) == Running;

    /// <summary>Whether this was the last stage to update.</summary>
    public bool Update() => Interlocked.Decrement(ref _notUpdated) == 0;

    /// <summary>A committed pass has ended well, unless its update failed before.</summary>
    public void Complete()
    {
        if (Interlocked.CompareExchange(ref _state, Ended, Committed) == Committed) _completion.TrySetResult();
    }

    /// <summary>Gives the pass up, unless it has already failed or been committed.</summary>
    public bool TryFail(Exception failure)
    {
        if (Interlocked.CompareExchange(ref _state, Failed, Running) != Running) return false;
        Fail(failure);
        return true;
    }

    /// <summary>A fault of the update itself: the step was committed and is half taken. Nothing when the pass has ended, or failed before.</summary>
    public void FailUpdate(Exception failure, string breakage)
    {
        if (Interlocked.CompareExchange(ref _state, Failed, Committed) != Committed) return;
        Breakage = breakage;
        Fail(failure);
    }

    private void Fail(Exception failure)
    {
        Failure = failure;
        _completion.TrySetResult();
        // What layers hung on the token runs on the pool: whoever reports a fault must neither wait for it nor catch what it throws.
        _ = _cancellation.CancelAsync().ContinueWith(
            static (cancelling, step) => Trace.TraceError($"What was hung on the token of step {step} failed: {cancelling.Exception}"), Pass.Step + 1,
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }
}
