using PipelineBackprop.Schedules;

namespace PipelineBackprop.Training;

/// <summary>Which lane, a device of the schedule, runs which stage. Immutable.</summary>
/// <param name="LaneCount">p.</param>
/// <param name="LaneOfStage">By (virtual) stage.</param>
/// <param name="WeightVersions">Versions of the weights that each stage holds: 1, or 2 where the schedule is asynchronous.</param>
internal sealed record StageLayout(int LaneCount, IReadOnlyList<int> LaneOfStage, int WeightVersions)
{
    /// <summary>The number of (virtual) stages, p·v.</summary>
    public int StageCount => LaneOfStage.Count;

    /// <summary>The layout of checked options.</summary>
    public static StageLayout Of(PipelineOptions options)
    {
        // The placement is the same for any number of micro-batches.
        PipelineSchedule schedule = options.WrittenSchedule ?? Generate(options, microBatches: 1);
        return new StageLayout(options.Stages, [.. Enumerable.Range(0, schedule.StageCount).Select(schedule.DeviceOf)],
            options.InferenceOnly ? 1 : schedule.Staleness?.Versions ?? 1);
    }

    /// <summary>The schedule of checked options for a minibatch cut into that many.</summary>
    public static PipelineSchedule ScheduleOf(PipelineOptions options, int microBatches) =>
        options.WrittenSchedule?.Take(microBatches) ?? Generate(options, microBatches);

    private static PipelineSchedule Generate(PipelineOptions options, int microBatches)
    {
        IScheduleGenerator generator = ScheduleCatalog.Get(options.Schedule);
        return generator.Generate(new ScheduleSize(options.Stages, microBatches, options.Chunks ?? generator.Chunks.Default));
    }
}
