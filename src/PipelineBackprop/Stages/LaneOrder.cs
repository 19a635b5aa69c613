using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>
/// What the stages of one lane do next: the schedule's actions in their order, one at a time, each when its input is there. Where two passes overlap, the forwards
/// of the newer one take the place of those that the older one has no more, so that 1F1B goes on as if both were one. It lives as long as the workers that share
/// it, and is used on their thread only, but for <see cref="Awaited"/>.
/// </summary>
internal sealed class LaneOrder(int seats)
{
    private readonly Dictionary<int, StageWorker> _workers = [];
    private readonly PassProgress[] _passes = [.. Enumerable.Range(0, seats).Select(_ => new PassProgress())];
    private int _held; // micro-batches between F and W, of all passes

    /// <summary>The worker whose action is in its chain, or null.</summary>
    public StageWorker? Active { get; private set; }

    /// <summary>Whether the passes are being given up: nothing is admitted any more.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>What the lane waits for; read by the watchdog when nothing moves.</summary>
    public PipelineAction? Awaited => OlderAndNewer().Older?.Next;

    /// <summary>A worker joins, before the first pass.</summary>
    public void Join(int stage, StageWorker worker) => _workers.Add(stage, worker);

    /// <summary>One of the workers is ready for the pass; the last of them sets the lane going.</summary>
    public void Begin(Pass pass, IReadOnlyList<PipelineAction> actions)
    {
        PassProgress progress = _passes[pass.Seat];
        if (progress.Pass != pass)
        {
            if (Active is null && Array.TrueForAll(_passes, other => other.Pass is null)) IsStopped = false;
            progress.Begin(pass, actions);
        }
        if (++progress.Begun == _workers.Count) Advance();
    }

    /// <summary>Admits the next action when its input is there and no other is under way.</summary>
    public void Advance()
    {
        if (Active is not null || IsStopped || Choose() is not { Next: { } action } chosen || chosen.Begun < _workers.Count) return;
        StageWorker worker = _workers[action.Stage];
        Pass pass = chosen.Pass!;
        if (!worker.IsReady(pass, action))
        {
            worker.Wait(pass);
            // The one that is awaited first; the others follow it in their order.
            worker.Prepare(pass);
            foreach (StageWorker other in _workers.Values)
                if (other != worker) other.Prepare(pass);
            return;
        }
        if (pass.IsTraining) _held += StashBounds.Change(action.Kind, until: ActionKind.WeightGradient);
        chosen.Take();
        Active = worker;
        worker.Admit(pass, action);
    }

    /// <summary>The action that was under way has come out of its chain.</summary>
    public void Leave() => Active = null;

    /// <summary>The passes under way are given up.</summary>
    public void Stop() => IsStopped = true;

    /// <summary>Forgets the passes that were given up.</summary>
    public void Clear()
    {
        foreach (PassProgress progress in _passes) progress.Clear();
        _held = 0;
    }

    private PassProgress? Choose()
    {
        (PassProgress? older, PassProgress? newer) = OlderAndNewer();
        return newer is { Next.Kind: ActionKind.Forward } && older!.ForwardsLeft == 0 && _held < newer.WarmUps ? newer : older;
    }

    private (PassProgress? Older, PassProgress? Newer) OlderAndNewer()
    {
        PassProgress? older = null, newer = null;
        long stepOfOlder = 0;
        foreach (PassProgress progress in _passes)
        {
            // Read once: the watchdog looks on while the lane's thread goes on.
            if (progress.Next is null || progress.Pass is not { } pass) continue;
            if (older is null) (older, stepOfOlder) = (progress, pass.Step);
            else (older, newer) = pass.Step < stepOfOlder ? (progress, older) : (older, progress);
        }
        return (older, newer);
    }
}
