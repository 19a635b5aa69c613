namespace PipelineBackprop.Schedules;

/// <summary>Shorter ways to call a generator.</summary>
public static class ScheduleGeneratorExtensions
{
    /// <summary>Writes the schedule with the generator's default number of chunks a device.</summary>
    /// <param name="generator">The generator.</param>
    /// <param name="deviceCount">p, at least 1; the number of stages where a device owns one.</param>
    /// <param name="microBatchCount">m, at least 1; fewer than devices is allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1, or more actions than a list can hold.</exception>
    public static PipelineSchedule Generate(this IScheduleGenerator generator, int deviceCount, int microBatchCount)
    {
        ArgumentNullException.ThrowIfNull(generator);
        return generator.Generate(new ScheduleSize(deviceCount, microBatchCount, generator.Chunks.Default));
    }

    /// <summary>The first thing every generator asks of its size.</summary>
    internal static void ThrowIfImpossible(this IScheduleGenerator generator, ScheduleSize size)
    {
        size.ThrowIfImpossible();
        if (!generator.Chunks.Contains(size.Chunks))
            throw new ArgumentOutOfRangeException(nameof(size), size.Chunks, $"schedule {generator.Name} is for {generator.Chunks} chunks a device");
    }
}
