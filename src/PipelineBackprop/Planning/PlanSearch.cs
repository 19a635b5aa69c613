using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>
/// Finds how to cut a model into stages for a schedule, and what each recomputes: the cut whose busiest stage is as little busy as possible, among those
/// that fit the memory of their devices; exact, by dynamic programming. Then the schedule is timed by simulation. Pure functions.
/// </summary>
public static class PlanSearch
{
    private static readonly Recomputation[] s_modes = Enum.GetValues<Recomputation>();

    /// <summary>The best cut for a number of stages, timed; null when no cut fits the memory.</summary>
    /// <param name="profile">The layers on each of the schedule's devices, at the size of the micro-batch.</param>
    /// <param name="batchSize">Examples of the minibatch.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="footprint">Bytes of a stage of the layers from the first to before the last given, loaded that way.</param>
    /// <param name="memory">The most bytes a device may take; null for any.</param>
    public static PipelinePlan? Best(
        PipelineProfile profile, int batchSize, PipelineSchedule schedule, Func<int, int, StageLoad, long> footprint, long? memory = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return Best(profile, batchSize, schedule, footprint, DeviceSharing.None(schedule.DeviceCount, memory));
    }

    /// <summary>The best cut for devices that may share memory and time.</summary>
    /// <param name="profile">The layers on each of the schedule's devices, at the size of the micro-batch.</param>
    /// <param name="batchSize">Examples of the minibatch.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="footprint">Bytes of a stage, as above.</param>
    /// <param name="sharing">What the devices of the schedule share.</param>
    public static PipelinePlan? Best(
        PipelineProfile profile, int batchSize, PipelineSchedule schedule, Func<int, int, StageLoad, long> footprint, DeviceSharing sharing)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(footprint);
        ArgumentNullException.ThrowIfNull(sharing);
        var loads = new StageLoads(schedule);
        int[] memories = [.. Enumerable.Range(0, schedule.StageCount).Select(stage => sharing.Memory[schedule.DeviceOf(stage)])];
        var cut = new BudgetPartitioner(memories, sharing.MemoryBytes).Cut(profile.LayerCount, Options);
        return cut is not { } found ? null : Evaluate(profile, batchSize, schedule, found.Boundaries, footprint, found.Recomputation, sharing);

        IEnumerable<StageOption> Options(int stage, int first, int end)
        {
            // Without a budget nothing is gained by computing anything again.
            bool isBounded = sharing.MemoryBytes[memories[stage]] is not null;
            foreach (Recomputation mode in isBounded ? s_modes : s_modes[..1])
            {
                StagePlan plan = StagePlan.Of(profile, schedule, stage, first, end, mode);
                yield return new StageOption(plan.BusyOf(MicroBatches(schedule)), isBounded ? footprint(first, end, loads.Of(stage, mode)) : 0, mode);
            }
        }
    }

    /// <summary>A given cut, timed.</summary>
    /// <param name="profile">The layers on each of the schedule's devices, at the size of the micro-batch.</param>
    /// <param name="batchSize">Examples of the minibatch.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="boundaries">Index of each stage's first layer, beginning with 0.</param>
    /// <param name="footprint">Bytes of a stage, as in <see cref="Best(PipelineProfile, int, PipelineSchedule, Func{int, int, StageLoad, long}, long?)"/>.</param>
    /// <param name="recomputation">What each stage recomputes; null for nothing.</param>
    /// <param name="sharing">What the devices share; null for nothing.</param>
    public static PipelinePlan Evaluate(
        PipelineProfile profile, int batchSize, PipelineSchedule schedule, IReadOnlyList<int> boundaries, Func<int, int, StageLoad, long> footprint,
        IReadOnlyList<Recomputation>? recomputation = null, DeviceSharing? sharing = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(boundaries);
        ArgumentNullException.ThrowIfNull(footprint);
        var loads = new StageLoads(schedule);
        sharing ??= DeviceSharing.None(schedule.DeviceCount);
        var stages = new StagePlan[boundaries.Count];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            int first = boundaries[stage], end = End(boundaries, stage, profile);
            Recomputation mode = recomputation?[stage] ?? Recomputation.Never;
            stages[stage] = StagePlan.Of(profile, schedule, stage, first, end, mode) with
            {
                Bytes = footprint(first, end, loads.Of(stage, mode)),
                Memory = sharing.Memory[schedule.DeviceOf(stage)],
            };
        }
        EngineProfile[] engines = [.. Enumerable.Range(0, schedule.DeviceCount).Select(device => profile.Of(device).Engine)];
        ScheduleTimeline timeline = ScheduleSimulator.Run(schedule, Times(stages, engines, MicroBatches(schedule)), processors: sharing.Processor, atOnce: sharing.AtOnce);
        // A boundary is crossed twice: by activations one way and, where layers before it learn, by their gradients the other way.
        long transfer = boundaries.Skip(1).Sum(first => profile.Models[0].Layers[first - 1].OutputBytes * (profile.NeedsGradientBefore(first) ? 2 : 1)) * MicroBatches(schedule);
        return new PipelinePlan(batchSize, MicroBatches(schedule), schedule.Name, stages, timeline, transfer) { StepOverhead = stages.Length == 1 ? engines[0].StepAlone : engines.Max(engine => engine.Step) };
    }

    private static ScheduleTimes Times(StagePlan[] stages, EngineProfile[] engines, int microBatches)
    {
        int[] recomputed = [.. stages.Select(stage => stage.Recomputation.CountOf(microBatches))];
        var times = new ScheduleTimes(
            [.. stages.Select(stage => stage.Forward)], [.. stages.Select(stage => stage.InputGradient)], [.. stages.Select(stage => stage.WeightGradient)],
            [.. stages.Zip(stages.Skip(1), (stage, next) => Math.Max(engines[stage.Device].HandOver, engines[next.Device].HandOver))]);
        // A micro-batch of its own minibatch, where several overlap.
        return times.WithWakeUp(engines.Max(engine => engine.WakeUp), engines.Min(engine => engine.AwakeFor))
            .With(action => action.Kind == ActionKind.InputGradient && action.MicroBatch % microBatches < recomputed[action.Stage] ? stages[action.Stage].ForwardAgain : 0)
            .WithPreparation(action => action.MicroBatch % microBatches > 0 ? 0 : action.Kind switch
            {
                ActionKind.Forward => stages[action.Stage].FirstForward,
                ActionKind.InputGradient => stages[action.Stage].FirstInputGradient,
                _ => 0,
            });
    }

    /// <summary>Those of one minibatch.</summary>
    private static int MicroBatches(PipelineSchedule schedule) => schedule.MicroBatchCount / schedule.MinibatchCount;

    private static int End(IReadOnlyList<int> boundaries, int stage, PipelineProfile profile) => stage + 1 < boundaries.Count ? boundaries[stage + 1] : profile.LayerCount;
}
