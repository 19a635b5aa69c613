namespace PipelineBackprop.Schedules;

/// <summary>
/// Runs a schedule on paper: each device takes its actions in order, each as soon as the one before has ended and its inputs have
/// arrived. Moving data takes time but occupies no device, and takes none between stages on the same device. Pure, so any thread may
/// call it.
/// </summary>
public static class ScheduleSimulator
{
    /// <summary>The timeline of the schedule.</summary>
    /// <param name="schedule">A schedule that can be run.</param>
    /// <param name="times">The times of each of its stages.</param>
    /// <param name="sendGradientAfterWeightGradient">Whether a stage sends its input gradient on only after W, as systems do that
    /// compute both in one go; false sends it right after B.</param>
    /// <param name="memory">What actions take and free; null (default) for <see cref="ScheduleMemory.StashUntil"/> B.</param>
    /// <param name="processors">For each device what it computes on, several maybe on the same; null (default) for one each.</param>
    /// <param name="atOnce">How many actions each of those runs at once; null (default) for one.</param>
    /// <exception cref="ArgumentException">The schedule cannot be run this way, or has another number of stages than the times.</exception>
    public static ScheduleTimeline Run(PipelineSchedule schedule, ScheduleTimes times, bool sendGradientAfterWeightGradient = false,
        ScheduleMemory? memory = null, IReadOnlyList<int>? processors = null, IReadOnlyList<int>? atOnce = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(times);
        if (times.StageCount != schedule.StageCount)
            throw new ArgumentException($"the times are for {times.StageCount} stages, the schedule has {schedule.StageCount}", nameof(times));
        if (ScheduleValidator.Validate(schedule) is { } fault) throw new ArgumentException(fault.Message, nameof(schedule));
        var graph = new ActionGraph(schedule, sendGradientAfterWeightGradient);
        if (!graph.TrySort(out List<PipelineAction> sorted))
            throw new ArgumentException(ScheduleValidator.CycleFault(schedule, graph, sorted).Message, nameof(schedule));
        memory ??= ScheduleMemory.StashUntil(schedule, ActionKind.InputGradient);
        return new ScheduleTimeline(
            schedule, processors is null ? Time(schedule, times, graph, sorted) : new SharedProcessors(schedule, times, graph, processors, atOnce).Time(), memory.PeakOf(schedule));
    }

    /// <summary>Whether a schedule also runs to its end when every stage sends its input gradient on only after W.</summary>
    /// <exception cref="ArgumentException">The schedule cannot be run at all.</exception>
    public static bool CanSendAfterWeightGradient(PipelineSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (ScheduleValidator.Validate(schedule) is { } fault) throw new ArgumentException(fault.Message, nameof(schedule));
        return new ActionGraph(schedule, sendGradientAfterWeightGradient: true).TrySort(out _);
    }

    private static TimedAction[] Time(PipelineSchedule schedule, ScheduleTimes times, ActionGraph graph, List<PipelineAction> sorted)
    {
        var timed = new TimedAction[graph.Count];
        var free = new double[schedule.DeviceCount];
        var waits = new DeviceWaits(schedule.DeviceCount);
        Span<PipelineAction> inputs = stackalloc PipelineAction[ActionGraph.MaxInputs];
        foreach (PipelineAction action in sorted)
        {
            int device = schedule.DeviceOf(action.Stage);
            double ready = 0;
            foreach (PipelineAction input in inputs[..graph.InputsOf(action, inputs)])
            {
                TimedAction source = timed[graph.IndexOf(input)];
                double transfer = source.Device == device ? 0 : times.Transfer(input.Stage, action.Stage);
                ready = Math.Max(ready, source.End + transfer);
            }
            double start = times.StartOf(free[device], ready);
            free[device] = start + waits.Prepare(device, start - free[device], times.PreparationOf(action)) + times.Of(action);
            timed[graph.IndexOf(action)] = new TimedAction(action, device, start, free[device]);
        }
        return timed;
    }
}
