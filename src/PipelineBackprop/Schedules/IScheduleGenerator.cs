namespace PipelineBackprop.Schedules;

/// <summary>
/// A rule that writes the order of actions for any size. A pure function: the same sizes give the same schedule. Every stage runs
/// its F, its B and its W each in micro-batch order, so that gradients are summed in the same order whatever the schedule.
/// </summary>
public interface IScheduleGenerator
{
    /// <summary>The name in files, for example <c>gpipe</c>.</summary>
    string Name { get; }

    /// <summary>What it is good for, in one line for a list.</summary>
    string Summary { get; }

    /// <summary>How many chunks a device it can be written for.</summary>
    ScheduleChunks Chunks { get; }

    /// <summary>Writes the schedule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1, a number of chunks outside <see cref="Chunks"/>, or more actions
    /// than a list can hold.</exception>
    PipelineSchedule Generate(ScheduleSize size);
}
