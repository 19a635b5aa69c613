namespace PipelineBackprop.Schedules;

/// <summary>
/// How much a schedule can ever keep waiting, whatever the speed of the devices. Pure functions, so any thread may call them.
/// </summary>
public static class StashBounds
{
    /// <summary>
    /// For each stage the most micro-batches held at once from the start of F until the end of <paramref name="until"/>. GPipe m;
    /// 1F1B min(p−i, m). Depends on the order alone, since a stage runs one action at a time.
    /// </summary>
    /// <param name="schedule">A schedule; need not be complete.</param>
    /// <param name="until">B for what the input gradient needs, W (the default) for what the weight gradient needs.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="until"/> is F or a stage is out of range.</exception>
    public static int[] PeakStash(PipelineSchedule schedule, ActionKind until = ActionKind.WeightGradient)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ThrowIfNotHeldUntil(until);
        int[] held = new int[schedule.StageCount], peaks = new int[schedule.StageCount];
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            foreach (PipelineAction action in schedule.ActionsOf(device))
            {
                if (schedule.DeviceOf(action.Stage) != device) continue;
                held[action.Stage] += Change(action.Kind, until);
                peaks[action.Stage] = Math.Max(peaks[action.Stage], held[action.Stage]);
            }
        }
        return peaks;
    }

    /// <summary>
    /// For each stage i but the last, the most forward outputs of stage i that can wait for stage i+1 at once, over all speeds of
    /// the devices: the length of the queue between them. Exact. GPipe m; 1F1B min(p−i, m).
    /// </summary>
    /// <exception cref="ArgumentException">The schedule cannot be run.</exception>
    public static int[] MaxWaitingForwards(PipelineSchedule schedule) =>
        MaxWaiting(schedule, ActionKind.Forward, static boundary => (boundary, boundary + 1));

    /// <summary>
    /// For each stage i but the last, the most input gradients of stage i+1 that can wait for stage i at once, over all speeds of
    /// the devices. Exact. GPipe m; 1F1B min(p−i, m), reached in the cool-down.
    /// </summary>
    /// <exception cref="ArgumentException">The schedule cannot be run.</exception>
    public static int[] MaxWaitingGradients(PipelineSchedule schedule) =>
        MaxWaiting(schedule, ActionKind.InputGradient, static boundary => (boundary + 1, boundary));

    internal static void ThrowIfNotHeldUntil(ActionKind until)
    {
        if (until is not (ActionKind.InputGradient or ActionKind.WeightGradient))
            throw new ArgumentOutOfRangeException(nameof(until), until, $"a stash is held until B or W, not until {until.Letter()}");
    }

    /// <summary>How an action changes the number of micro-batches a stage holds.</summary>
    internal static int Change(ActionKind kind, ActionKind until) => kind == ActionKind.Forward ? 1 : kind == until ? -1 : 0;

    // The queue is longest when the producer has run ahead as far as it can: then the consumer has run only what the producer's
    // last action depends on, which is what that action's clock counts.
    private static int[] MaxWaiting(PipelineSchedule schedule, ActionKind kind, Func<int, (int Producer, int Consumer)> neighbours)
    {
        int[][] clocks = Clocks(schedule);
        var peaks = new int[schedule.StageCount - 1];
        for (int boundary = 0; boundary < peaks.Length; boundary++)
        {
            (int producer, int consumer) = neighbours(boundary);
            int[] consumed = RunningCount(schedule, consumer, kind);
            for (int microBatch = 0; microBatch < schedule.MicroBatchCount; microBatch++)
            {
                int[] clock = clocks[ActionGraph.IndexOf(schedule, new PipelineAction(producer, kind, microBatch))];
                peaks[boundary] = Math.Max(peaks[boundary], microBatch + 1 - consumed[clock[schedule.DeviceOf(consumer)]]);
            }
        }
        return peaks;
    }

    /// <summary>For each n the number of actions of that stage and kind among the first n of its device.</summary>
    private static int[] RunningCount(PipelineSchedule schedule, int stage, ActionKind kind)
    {
        IReadOnlyList<PipelineAction> actions = schedule.ActionsOf(schedule.DeviceOf(stage));
        var counts = new int[actions.Count + 1];
        for (int i = 0; i < actions.Count; i++) counts[i + 1] = counts[i] + (actions[i].Stage == stage && actions[i].Kind == kind ? 1 : 0);
        return counts;
    }

    /// <summary>For each action, by index, and each device, how many actions of that device must have ended when the action ends.</summary>
    private static int[][] Clocks(PipelineSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (ScheduleValidator.Validate(schedule) is { } fault) throw new ArgumentException(fault.Message, nameof(schedule));
        var graph = new ActionGraph(schedule);
        graph.TrySort(out List<PipelineAction> sorted);
        var clocks = new int[graph.Count][];
        var latest = new int[schedule.DeviceCount][];
        Array.Fill(latest, new int[schedule.DeviceCount]);
        Span<PipelineAction> inputs = stackalloc PipelineAction[ActionGraph.MaxInputs];
        foreach (PipelineAction action in sorted)
        {
            int device = schedule.DeviceOf(action.Stage);
            int[] clock = [.. latest[device]];
            foreach (PipelineAction input in inputs[..graph.InputsOf(action, inputs)])
            {
                int[] other = clocks[graph.IndexOf(input)];
                for (int i = 0; i < clock.Length; i++) clock[i] = Math.Max(clock[i], other[i]);
            }
            clock[device]++;
            clocks[graph.IndexOf(action)] = latest[device] = clock;
        }
        return clocks;
    }
}
