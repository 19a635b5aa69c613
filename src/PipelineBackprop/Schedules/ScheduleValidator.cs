namespace PipelineBackprop.Schedules;

/// <summary>
/// Checks that a schedule can be run before it runs: every action stands exactly once on the device of its stage, nothing is used
/// before it is made, gradients are summed in micro-batch order, no devices wait for each other for ever, the weight versions are
/// enough, and nothing stashes more than its budget. Pure, so any thread may call it. Takes time proportional to the number of actions, times the
/// number of devices where they wait for each other a lot.
/// </summary>
public static class ScheduleValidator
{
    /// <summary>The first fault of a schedule, or null when it can be run.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="stashBudget">For each stage the largest number of micro-batches it may hold between the start of F and the end
    /// of W; null for no limit.</param>
    /// <param name="memoryBudget">What each device may hold at once, and what the actions take and free; null for no limit.</param>
    /// <exception cref="ArgumentException">A budget has another number of stages or devices than the schedule.</exception>
    public static ScheduleFault? Validate(PipelineSchedule schedule, IReadOnlyList<int>? stashBudget = null, MemoryBudget? memoryBudget = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (stashBudget is not null && stashBudget.Count != schedule.StageCount)
            throw new ArgumentException($"the stash budget has {stashBudget.Count} stages, the schedule {schedule.StageCount}", nameof(stashBudget));
        memoryBudget?.ThrowIfNotFor(schedule);
        if (FindMisplaced(schedule) is { } misplaced) return misplaced;
        var graph = new ActionGraph(schedule);
        return FindEarlyUse(schedule, graph)
            ?? FindDisorder(schedule)
            ?? FindCycle(schedule, graph)
            ?? WeightVersionCheck.Find(schedule)
            ?? (stashBudget is null ? null : FindOverfullStash(schedule, stashBudget))
            ?? memoryBudget?.FindExcess(schedule);
    }

    /// <summary>Does nothing when the schedule can be run.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="stashBudget">As in <see cref="Validate"/>.</param>
    /// <exception cref="InvalidInputException">It cannot; the sentence names the schedule and its first fault.</exception>
    /// <exception cref="ArgumentException">The budget has another number of stages than the schedule.</exception>
    public static void ThrowIfInvalid(PipelineSchedule schedule, IReadOnlyList<int>? stashBudget = null)
    {
        if (Validate(schedule, stashBudget) is { } fault)
            throw new InvalidInputException($"schedule {schedule} cannot be run: {fault.Message}");
    }

    private static ScheduleFault? FindMisplaced(PipelineSchedule schedule)
    {
        var seen = new bool[ActionGraph.CountOf(schedule)];
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            IReadOnlyList<PipelineAction> actions = schedule.ActionsOf(device);
            for (int position = 0; position < actions.Count; position++)
            {
                if (FindMisplaced(schedule, seen, device, position, actions[position]) is { } fault) return fault;
            }
        }
        return FindMissing(schedule, seen);
    }

    private static ScheduleFault? FindMisplaced(PipelineSchedule schedule, bool[] seen, int device, int position, PipelineAction action)
    {
        if (!IsInRange(schedule, action))
            return Fault(ScheduleFaultReason.OutOfRange,
                $"is outside stages 0 to {schedule.StageCount - 1} and micro-batches 0 to {schedule.MicroBatchCount - 1}");
        if (schedule.DeviceOf(action.Stage) is int owner && owner != device)
            return Fault(ScheduleFaultReason.WrongDevice, $"belongs on device {owner}, which owns stage {action.Stage}");
        ref bool known = ref seen[ActionGraph.IndexOf(schedule, action)];
        if (known) return Fault(ScheduleFaultReason.DuplicateAction, "stands there for the second time");
        known = true;
        return null;

        ScheduleFault Fault(ScheduleFaultReason reason, string complaint) =>
            new(reason, action, device, $"{action} at position {position} of device {device} {complaint}");
    }

    internal static bool IsInRange(PipelineSchedule schedule, PipelineAction action) =>
        (uint)action.Stage < (uint)schedule.StageCount && action.Kind.IsKnown() && (uint)action.MicroBatch < (uint)schedule.MicroBatchCount;

    private static ScheduleFault? FindMissing(PipelineSchedule schedule, bool[] seen)
    {
        int index = Array.IndexOf(seen, false);
        if (index < 0) return null;
        (int row, int microBatch) = Math.DivRem(index, schedule.MicroBatchCount);
        var action = new PipelineAction(row / ActionKindExtensions.Count, (ActionKind)(row % ActionKindExtensions.Count), microBatch);
        return new ScheduleFault(ScheduleFaultReason.MissingAction, action, schedule.DeviceOf(action.Stage),
            $"{action} is missing from device {schedule.DeviceOf(action.Stage)}");
    }

    private static ScheduleFault? FindEarlyUse(PipelineSchedule schedule, ActionGraph graph)
    {
        Span<PipelineAction> inputs = stackalloc PipelineAction[ActionGraph.MaxInputs];
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            foreach (PipelineAction action in schedule.ActionsOf(device))
            {
                foreach (PipelineAction input in inputs[..graph.InputsOf(action, inputs)])
                {
                    if (schedule.DeviceOf(input.Stage) != device || graph.PositionOf(input) < graph.PositionOf(action)) continue;
                    ScheduleFaultReason reason = action.Kind == ActionKind.WeightGradient
                        ? ScheduleFaultReason.WeightGradientBeforeInputGradient
                        : ScheduleFaultReason.UseBeforeProduction;
                    return new ScheduleFault(reason, action, device,
                        $"{action} at position {graph.PositionOf(action)} of device {device} uses {input}, which comes later, at position {graph.PositionOf(input)}");
                }
            }
        }
        return null;
    }

    private static ScheduleFault? FindDisorder(PipelineSchedule schedule)
    {
        var expected = new int[schedule.StageCount * ActionKindExtensions.Count];
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            foreach (PipelineAction action in schedule.ActionsOf(device))
            {
                int microBatch = expected[(action.Stage * ActionKindExtensions.Count) + (int)action.Kind]++;
                if (action.MicroBatch == microBatch) continue;
                ScheduleFaultReason reason = action.Kind == ActionKind.WeightGradient
                    ? ScheduleFaultReason.GradientOrder
                    : ScheduleFaultReason.MicroBatchOrder;
                return new ScheduleFault(reason, action, device,
                    $"{action} comes on device {device} where micro-batch order asks for {action with { MicroBatch = microBatch }}");
            }
        }
        return null;
    }

    private static ScheduleFault? FindCycle(PipelineSchedule schedule, ActionGraph graph) => graph.TrySort(out List<PipelineAction> sorted)
        ? null
        : CycleFault(schedule, graph, sorted);

    /// <summary>The fault of a cycle of waiting: <c>0F1 waits for 0B0 ahead of it, which waits for 1B0, which waits for …</c>.</summary>
    internal static ScheduleFault CycleFault(PipelineSchedule schedule, ActionGraph graph, List<PipelineAction> sorted)
    {
        List<PipelineAction> cycle = graph.FindCycle(sorted);
        IEnumerable<string> links = cycle.Skip(1).Zip(cycle, (awaited, action) => graph.IsInput(awaited, action)
            ? $"waits for {awaited}"
            : $"waits for {awaited} ahead of it on device {schedule.DeviceOf(awaited.Stage)}");
        return new ScheduleFault(ScheduleFaultReason.CyclicWait, cycle[0], schedule.DeviceOf(cycle[0].Stage), $"{cycle[0]} {string.Join(", which ", links)}");
    }

    private static ScheduleFault? FindOverfullStash(PipelineSchedule schedule, IReadOnlyList<int> budget)
    {
        var held = new int[schedule.StageCount];
        for (int device = 0; device < schedule.DeviceCount; device++)
        {
            foreach (PipelineAction action in schedule.ActionsOf(device))
            {
                held[action.Stage] += StashBounds.Change(action.Kind, ActionKind.WeightGradient);
                if (held[action.Stage] > budget[action.Stage])
                    return new ScheduleFault(ScheduleFaultReason.StashBudgetExceeded, action, device,
                        $"{action} makes stage {action.Stage} hold {held[action.Stage]} micro-batches, but its stash budget is {budget[action.Stage]}");
            }
        }
        return null;
    }
}
