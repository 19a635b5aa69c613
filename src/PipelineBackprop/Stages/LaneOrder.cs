using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>
/// What the stages of one lane do next: the schedule's actions in their order, one at a time, each when its input is there. It lives as long as the workers that
/// share it, and is used on their thread only, but for <see cref="Awaited"/>.
/// </summary>
internal sealed class LaneOrder
{
    private readonly Dictionary<int, StageWorker> _workers = [];
    private Pass? _pass;
    private IReadOnlyList<PipelineAction> _actions = [];
    private int _next;  // index in _actions of the one to admit
    private int _begun; // workers that have begun the pass

    /// <summary>The worker whose action is in its chain, or null.</summary>
    public StageWorker? Active { get; private set; }

    /// <summary>Whether the pass is being given up: nothing is admitted any more.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>What the lane waits for; read by the watchdog when nothing moves.</summary>
    public PipelineAction? Awaited
    {
        get
        {
            // Read once: the lane's thread may go on, or begin a shorter pass, between two looks.
            IReadOnlyList<PipelineAction> actions = _actions;
            int next = _next;
            return next < actions.Count ? actions[next] : null;
        }
    }

    /// <summary>A worker joins, before the first pass.</summary>
    public void Join(int stage, StageWorker worker) => _workers.Add(stage, worker);

    /// <summary>One of the workers is ready for the pass; the last of them sets the lane going.</summary>
    public void Begin(Pass pass, IReadOnlyList<PipelineAction> actions)
    {
        if (pass != _pass)
        {
            (_pass, _actions, _next, _begun) = (pass, actions, 0, 0);
            (Active, IsStopped) = (null, false);
        }
        if (++_begun == _workers.Count) Advance();
    }

    /// <summary>Admits the next action when its input is there and no other is under way.</summary>
    public void Advance()
    {
        if (Active is not null || IsStopped || _begun < _workers.Count || _next == _actions.Count) return;
        PipelineAction action = _actions[_next];
        StageWorker worker = _workers[action.Stage];
        if (!worker.IsReady(action))
        {
            worker.Wait();
            return;
        }
        _next++;
        Active = worker;
        worker.Admit(action);
    }

    /// <summary>The action that was under way has come out of its chain.</summary>
    public void Leave() => Active = null;

    /// <summary>The pass is given up.</summary>
    public void Stop(Pass pass)
    {
        if (pass == _pass) IsStopped = true;
    }
}
