using PipelineBackprop.Schedules;

namespace PipelineBackprop.Planning;

/// <summary>
/// Finds how to cut a model into stages for a schedule: the cut whose busiest stage is as little busy as possible, among those whose stages fit their
/// memory; exact, by dynamic programming. Where a device has several stages, each is given an equal part of its memory if no larger one will do. Then the schedule is timed by simulation. Pure functions.
/// </summary>
public static class PlanSearch
{
    /// <summary>The best cut for a number of stages, timed; null when no cut fits the memory.</summary>
    /// <param name="profile">The layers at the size of the micro-batch.</param>
    /// <param name="batchSize">Examples of the minibatch.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="footprint">Bytes of a stage of the layers from the first to before the last given, loaded that way.</param>
    /// <param name="memory">The most bytes a device may take; null for any.</param>
    public static PipelinePlan? Best(
        ModelProfile profile, int batchSize, PipelineSchedule schedule, Func<int, int, StageLoad, long> footprint, long? memory = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(footprint);
        StageLoad[] loads = Loads(schedule);
        int chunks = schedule.StageCount / schedule.DeviceCount;
        return new[] { memory, memory / chunks }.Distinct().Select(OfAtMost).FirstOrDefault(plan => plan is not null && (memory is null || plan.LargestDeviceBytes <= memory));

        PipelinePlan? OfAtMost(long? ofStage)
        {
            int[]? cut = StagePartitioner.Balance<double>(profile.Layers.Count, schedule.StageCount, (stage, first, end) =>
                ofStage is { } most && footprint(first, end, loads[stage]) > most ? null : Stage(profile, first, end, 0, 0).Busy);
            return cut is null ? null : Evaluate(profile, batchSize, schedule, cut, footprint);
        }
    }

    /// <summary>The cut whose fullest stage takes the fewest bytes, timed.</summary>
    /// <inheritdoc cref="Best"/>
    public static PipelinePlan Smallest(ModelProfile profile, int batchSize, PipelineSchedule schedule, Func<int, int, StageLoad, long> footprint)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(footprint);
        StageLoad[] loads = Loads(schedule);
        int[] cut = StagePartitioner.Balance<long>(profile.Layers.Count, schedule.StageCount, (stage, first, end) => footprint(first, end, loads[stage]))!;
        return Evaluate(profile, batchSize, schedule, cut, footprint);
    }

    /// <summary>A given cut, timed.</summary>
    /// <param name="profile">The layers at the size of the micro-batch.</param>
    /// <param name="batchSize">Examples of the minibatch.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="boundaries">Index of each stage's first layer, beginning with 0.</param>
    /// <param name="footprint">Bytes of a stage, as in <see cref="Best"/>.</param>
    public static PipelinePlan Evaluate(
        ModelProfile profile, int batchSize, PipelineSchedule schedule, IReadOnlyList<int> boundaries, Func<int, int, StageLoad, long> footprint)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(boundaries);
        ArgumentNullException.ThrowIfNull(footprint);
        StageLoad[] loads = Loads(schedule);
        var stages = new StagePlan[boundaries.Count];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            int end = stage + 1 < stages.Length ? boundaries[stage + 1] : profile.Layers.Count;
            stages[stage] = Stage(profile, boundaries[stage], end, footprint(boundaries[stage], end, loads[stage]), schedule.DeviceOf(stage));
        }
        var times = new ScheduleTimes(
            [.. stages.Select(stage => stage.Forward)], [.. stages.Select(stage => stage.InputGradient)], [.. stages.Select(stage => stage.WeightGradient)]);
        ScheduleTimeline timeline = ScheduleSimulator.Run(schedule, times);
        // A boundary is crossed twice: by activations one way and, where layers before it learn, by their gradients the other way.
        long transfer = boundaries.Skip(1).Sum(first =>
            profile.Layers[first - 1].OutputBytes * (profile.Layers.Take(first).Any(layer => layer.ParameterBytes > 0) ? 2 : 1)) * MicroBatches(schedule);
        return new PipelinePlan(
            batchSize, MicroBatches(schedule), schedule.Name, stages, timeline, transfer);
    }

    private static StagePlan Stage(ModelProfile profile, int first, int end, long bytes, int device)
    {
        double forward = 0, inputGradient = 0, weightGradient = 0, update = 0;
        for (int i = first; i < end; i++)
        {
            LayerProfile layer = profile.Layers[i];
            forward += layer.Forward;
            inputGradient += layer.InputGradient;
            weightGradient += layer.WeightGradient;
            update += layer.Update;
        }
        // The receiver takes what comes into its own memory, as part of its action.
        double input = first > 0 ? profile.Layers[first - 1].Transfer : profile.Layers[0].Upload, gradient = end < profile.Layers.Count ? profile.Layers[end - 1].Transfer : 0;
        return new StagePlan(first, forward + input, inputGradient + gradient, weightGradient, update, bytes, device) { ForwardTransfer = input, GradientTransfer = gradient };
    }

    /// <summary>Those of one minibatch.</summary>
    private static int MicroBatches(PipelineSchedule schedule) => schedule.MicroBatchCount / schedule.MinibatchCount;

    private static StageLoad[] Loads(PipelineSchedule schedule)
    {
        int[] stashed = StashBounds.PeakStash(schedule), outputs = StashBounds.MaxWaitingForwards(schedule), gradients = StashBounds.MaxWaitingGradients(schedule);
        return
        [
            .. stashed.Select((held, stage) => new StageLoad(
                stage, stashed.Length, held, stage < outputs.Length ? outputs[stage] : 0, stage > 0 ? gradients[stage - 1] : 0, MicroBatches(schedule), schedule.Staleness?.Versions ?? 1)),
        ];
    }
}
