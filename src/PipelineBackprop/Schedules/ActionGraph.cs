namespace PipelineBackprop.Schedules;

/// <summary>
/// What every action of a schedule waits for: the action ahead of it on its device, and the results it uses.
/// F(s,k) needs F(s−1,k); B(s,k) needs F(s,k) and B(s+1,k); W(s,k) needs B(s,k). Asks that each action stands exactly once, on the
/// device of its stage.
/// </summary>
internal sealed class ActionGraph
{
    /// <summary>An action uses the results of at most this many others.</summary>
    public const int MaxInputs = 2;

    private readonly PipelineSchedule _schedule;
    private readonly bool _sendGradientAfterWeightGradient;
    private readonly int[] _positions;

    /// <param name="schedule">The schedule.</param>
    /// <param name="sendGradientAfterWeightGradient">Whether a stage sends its B on only after its W: B(s,k) then needs W(s+1,k).</param>
    public ActionGraph(PipelineSchedule schedule, bool sendGradientAfterWeightGradient = false)
    {
        _schedule = schedule;
        _sendGradientAfterWeightGradient = sendGradientAfterWeightGradient;
        _positions = new int[Count];
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            IReadOnlyList<PipelineAction> actions = schedule.ActionsOf(device);
            for (int position = 0; position < actions.Count; position++) _positions[IndexOf(actions[position])] = position;
        }
    }

    /// <summary>The number of actions of the whole schedule.</summary>
    public int Count => CountOf(_schedule);

    /// <summary>The number of actions a complete schedule of this size has.</summary>
    public static int CountOf(PipelineSchedule schedule) => schedule.StageCount * schedule.MicroBatchCount * ActionKindExtensions.Count;

    /// <summary>A number for each action, 0 to Count − 1.</summary>
    public static int IndexOf(PipelineSchedule schedule, PipelineAction action) =>
        ((action.Stage * ActionKindExtensions.Count) + (int)action.Kind) * schedule.MicroBatchCount + action.MicroBatch;

    /// <summary>A number for each action, 0 to Count − 1.</summary>
    public int IndexOf(PipelineAction action) => IndexOf(_schedule, action);

    /// <summary>Where the action stands in the order of its device.</summary>
    public int PositionOf(PipelineAction action) => _positions[IndexOf(action)];

    /// <summary>Writes the actions whose results an action uses and returns their number, at most <see cref="MaxInputs"/>.</summary>
    public int InputsOf(PipelineAction action, Span<PipelineAction> inputs)
    {
        (int stage, ActionKind kind, int microBatch) = action;
        int count = 0;
        switch (kind)
        {
            case ActionKind.Forward:
                if (stage > 0) inputs[count++] = new PipelineAction(stage - 1, ActionKind.Forward, microBatch);
                break;
            case ActionKind.InputGradient:
                inputs[count++] = new PipelineAction(stage, ActionKind.Forward, microBatch);
                ActionKind sender = _sendGradientAfterWeightGradient ? ActionKind.WeightGradient : ActionKind.InputGradient;
                if (stage < _schedule.StageCount - 1) inputs[count++] = new PipelineAction(stage + 1, sender, microBatch);
                break;
            case ActionKind.WeightGradient:
                inputs[count++] = new PipelineAction(stage, ActionKind.InputGradient, microBatch);
                break;
        }
        return count;
    }

    /// <summary>Whether an action uses the result of another.</summary>
    public bool IsInput(PipelineAction input, PipelineAction action)
    {
        Span<PipelineAction> inputs = stackalloc PipelineAction[MaxInputs];
        return inputs[..InputsOf(action, inputs)].Contains(input);
    }

    /// <summary>
    /// Lists all actions so that each comes after everything it waits for. False when devices wait for each other for ever; the list
    /// then holds what can run.
    /// </summary>
    public bool TrySort(out List<PipelineAction> sorted)
    {
        sorted = new List<PipelineAction>(Count);
        var next = new int[_schedule.DeviceCount];
        // Down the devices as forwards go and up as gradients do: one way only, each round would bring a gradient one device further.
        bool down = true;
        for (int before = -1; before != sorted.Count; down = !down)
        {
            before = sorted.Count;
            for (int i = 0; i < next.Length; i++) RunUntilBlocked(down ? i : next.Length - 1 - i, next, sorted);
        }
        return sorted.Count == Count;
    }

    private void RunUntilBlocked(int device, int[] next, List<PipelineAction> sorted)
    {
        IReadOnlyList<PipelineAction> actions = _schedule.ActionsOf(device);
        for (; next[device] < actions.Count && AwaitedBy(actions[next[device]], next) is null; next[device]++)
            sorted.Add(actions[next[device]]);
    }

    /// <summary>The first input of an action that has not run when each device has come to <paramref name="next"/>; null when all have.</summary>
    private PipelineAction? AwaitedBy(PipelineAction action, int[] next)
    {
        Span<PipelineAction> inputs = stackalloc PipelineAction[MaxInputs];
        foreach (PipelineAction input in inputs[..InputsOf(action, inputs)])
        {
            if (PositionOf(input) >= next[_schedule.DeviceOf(input.Stage)]) return input;
        }
        return null;
    }

    /// <summary>
    /// After <see cref="TrySort"/> has failed: a cycle of waiting, its first action repeated at the end. Each action waits for the
    /// next one, either for its result or because that one stands ahead of it on the same device.
    /// </summary>
    public List<PipelineAction> FindCycle(List<PipelineAction> sorted)
    {
        var next = new int[_schedule.DeviceCount];
        foreach (PipelineAction action in sorted) next[_schedule.DeviceOf(action.Stage)]++;
        int device = Enumerable.Range(0, next.Length).First(candidate => next[candidate] < _schedule.ActionsOf(candidate).Count);
        var path = new List<PipelineAction>();
        PipelineAction waiting = _schedule.ActionsOf(device)[next[device]];
        while (!path.Contains(waiting))
        {
            path.Add(waiting);
            PipelineAction head = HeadOf(_schedule.DeviceOf(waiting.Stage), next);
            // An action behind the head of its device waits for the head; the head waits for a result.
            waiting = waiting != head ? head : AwaitedBy(head, next)!.Value;
        }
        path.RemoveRange(0, path.IndexOf(waiting));
        path.Add(waiting);
        return path;
    }

    private PipelineAction HeadOf(int device, int[] next) => _schedule.ActionsOf(device)[next[device]];
}
