namespace PipelineBackprop.Schedules;

/// <summary>
/// A rule that writes the order of actions for any size. A pure function: the same sizes give the same schedule. Every stage runs
/// its F, its B and its W each in micro-batch order, so that gradients are summed in the same order whatever the schedule.
/// </summary>
public interface IScheduleGenerator
{
    /// <summary>The name in files, for example <c>gpipe</c>.</summary>
    string Name { get; }

    /// <summary>Writes the schedule of one minibatch.</summary>
    /// <param name="stageCount">The number of stages, at least 1.</param>
    /// <param name="microBatchCount">The number of micro-batches, at least 1; fewer than stages is allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1, or more actions than a list can hold.</exception>
    PipelineSchedule Generate(int stageCount, int microBatchCount);
}
