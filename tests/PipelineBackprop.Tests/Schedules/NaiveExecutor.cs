using PipelineBackprop.Schedules;

namespace PipelineBackprop.Tests.Schedules;

/// <summary>
/// Runs the orders of a schedule one action at a time with sets and no cleverness: what the validator and the bounds are checked
/// against. Written from the data dependencies, without the code under test.
/// </summary>
internal sealed class NaiveExecutor(PipelineSchedule schedule)
{
    private readonly HashSet<PipelineAction> _done = [];
    private readonly int[] _next = new int[schedule.DeviceCount];

    public bool IsFinished => Enumerable.Range(0, _next.Length).All(device => _next[device] == schedule.ActionsOf(device).Count);

    /// <summary>Runs the next action of a device if its inputs are there.</summary>
    public bool TryStep(int device)
    {
        IReadOnlyList<PipelineAction> actions = schedule.ActionsOf(device);
        if (_next[device] == actions.Count || !InputsAreThere(actions[_next[device]])) return false;
        _done.Add(actions[_next[device]++]);
        return true;
    }

    /// <summary>Runs until nothing moves; true when everything has run.</summary>
    public bool RunToTheEnd()
    {
        bool moved = true;
        while (moved)
        {
            moved = false;
            for (int device = 0; device < _next.Length; device++) moved |= TryStep(device);
        }
        return IsFinished;
    }

    public int DoneOf(int stage, ActionKind kind) => _done.Count(action => action.Stage == stage && action.Kind == kind);

    private bool InputsAreThere(PipelineAction action)
    {
        bool Done(int stage, ActionKind kind) => _done.Contains(new PipelineAction(stage, kind, action.MicroBatch));
        return action.Kind switch
        {
            ActionKind.Forward => action.Stage == 0 || Done(action.Stage - 1, ActionKind.Forward),
            ActionKind.InputGradient => Done(action.Stage, ActionKind.Forward)
                && (action.Stage == schedule.StageCount - 1 || Done(action.Stage + 1, ActionKind.InputGradient)),
            _ => Done(action.Stage, ActionKind.InputGradient),
        };
    }
}
