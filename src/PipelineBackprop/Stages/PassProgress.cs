using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>How far a lane has come with one pass. Changed on the lane's thread; the watchdog may read <see cref="Next"/> a moment late.</summary>
internal sealed class PassProgress
{
    private IReadOnlyList<PipelineAction> _actions = [];
    private int _next; // index in _actions

    /// <summary>The pass, or null when all its actions have been admitted.</summary>
    public Pass? Pass { get; private set; }

    /// <summary>Stages of the lane that have begun the pass.</summary>
    public int Begun { get; set; }

    /// <summary>Forwards that have not been admitted.</summary>
    public int ForwardsLeft { get; private set; }

    /// <summary>Forwards before the first backward action.</summary>
    public int WarmUps { get; private set; }

    /// <summary>The next action to admit, or null when there is none left.</summary>
    public PipelineAction? Next
    {
        get
        {
            // Read once: the lane's thread may go on, or begin a shorter pass, between two looks.
            IReadOnlyList<PipelineAction> actions = _actions;
            int next = _next;
            return next < actions.Count ? actions[next] : null;
        }
    }

    public void Begin(Pass pass, IReadOnlyList<PipelineAction> actions)
    {
        (Pass, _actions, _next, Begun, ForwardsLeft, WarmUps) = (pass, actions, 0, 0, 0, 0);
        while (WarmUps < actions.Count && actions[WarmUps].Kind == ActionKind.Forward) WarmUps++;
        for (int i = 0; i < actions.Count; i++)
            if (actions[i].Kind == ActionKind.Forward) ForwardsLeft++;
    }

    /// <summary>Passes over the next action.</summary>
    public void Take()
    {
        if (_actions[_next++].Kind == ActionKind.Forward) ForwardsLeft--;
        if (_next == _actions.Count) Clear();
    }

    public void Clear() => (Pass, _actions, _next) = (null, [], 0);
}
