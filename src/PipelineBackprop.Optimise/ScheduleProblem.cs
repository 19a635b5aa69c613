using PipelineBackprop.Schedules;

namespace PipelineBackprop.Optimise;

/// <summary>What the best schedule is wanted for. Immutable.</summary>
/// <param name="MicroBatches">m, at least 1.</param>
/// <param name="DeviceOfStage">For each stage the device that owns it.</param>
/// <param name="Times">F, B and W of each stage and the transfers between them.</param>
public sealed record ScheduleProblem(int MicroBatches, IReadOnlyList<int> DeviceOfStage, ScheduleTimes Times)
{
    /// <summary>The most micro-batches all stages of a device together may hold, each stage's part counted alike (the field's M); at
    /// least 1, null (default) for no limit.</summary>
    public double? MemoryCap { get; init; }

    /// <summary>How long a micro-batch is held from the start of F: until B or, the default, until W.</summary>
    public ActionKind HeldUntil { get; init; } = ActionKind.WeightGradient;

    /// <summary>Which time is made small; default the barrier time.</summary>
    public ScheduleObjective Objective { get; init; }

    /// <summary>The number of devices.</summary>
    public int DeviceCount => DeviceOfStage.Max() + 1;

    /// <summary>The most chunks a device with that many stages may hold; null for no limit.</summary>
    internal int? CapInChunks(int stagesOfDevice) => MemoryCap is { } cap ? (int)Math.Min(int.MaxValue, Math.Floor((cap * stagesOfDevice) + 1e-9)) : null;

    /// <summary>Whether a schedule is one of those among which the best is looked for.</summary>
    public bool Admits(PipelineSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (schedule.Staleness is not null || schedule.MicroBatchCount != MicroBatches || schedule.StageCount != DeviceOfStage.Count) return false;
        if (Enumerable.Range(0, schedule.StageCount).Any(stage => schedule.DeviceOf(stage) != DeviceOfStage[stage])) return false;
        return MemoryCap is not { } cap || ScheduleMemory.StashUntil(schedule, HeldUntil).PeakOf(schedule).All(peak => peak <= cap + 1e-9);
    }

    /// <summary>The time of a schedule that is to be made small.</summary>
    public double TimeOf(PipelineSchedule schedule)
    {
        ScheduleTimeline timeline = ScheduleSimulator.Run(schedule, Times);
        return Objective == ScheduleObjective.Barrier ? timeline.BarrierTime : timeline.SpanTime;
    }
}
