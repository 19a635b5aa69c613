using PipelineBackprop.Schedules;

namespace PipelineBackprop.Training;

/// <summary>The one place that says which of the schedules the engine can run: synchronous ones with stage i on device i.</summary>
internal static class RunnableSchedules
{
    /// <summary>The names in the catalogue that can be run.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. ScheduleCatalog.All.Where(generator => FaultOf(generator.Generate(1, 1)) is null).Select(generator => generator.Name)];

    /// <exception cref="InvalidInputException">The engine cannot run it.</exception>
    public static void ThrowIfNotRunnable(PipelineSchedule schedule)
    {
        if (FaultOf(schedule) is { } fault)
            throw new InvalidInputException($"schedule {schedule.Name} {fault}, which the engine cannot run yet; it runs {string.Join(", ", Names)}, and written schedules with stage i on device i.");
    }

    private static string? FaultOf(PipelineSchedule schedule)
    {
        if (schedule.Staleness is { } staleness) return $"is asynchronous with {staleness.Versions} weight versions a stage";
        if (schedule.StageCount > schedule.DeviceCount) return "puts several stages on a device";
        int moved = Enumerable.Range(0, schedule.StageCount).FirstOrDefault(stage => schedule.DeviceOf(stage) != stage, -1);
        return moved < 0 ? null : $"puts stage {moved} on device {schedule.DeviceOf(moved)}";
    }
}
