namespace PipelineBackprop.Schedules;

/// <summary>
/// Looped breadth-first pipeline (Lamy-Poirier 2023): device i owns the stages i, p+i, 2p+i, … and runs all forwards of one chunk
/// before those of the next, then all backwards from the last chunk to the first. A bubble of (p−1)(F+B)/v for a stash of all m
/// micro-batches; each chunk needs its parameters once each way. For p=2, m=3, v=2, all times of a chunk 1:
/// <code>
/// device 0  0F0 0F1 0F2 2F0 2F1 2F2  .   .  2B0 2W0 2B1 2W1 2B2 2W2 0B0 0W0 0B1 0W1 0B2 0W2
/// device 1   .  1F0 1F1 1F2 3F0 3F1 3F2 3B0 3W0 3B1 3W1 3B2 3W2 1B0 1W0 1B1 1W1 1B2 1W2  .
/// </code>
/// </summary>
public sealed class LoopedBreadthFirstSchedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "looped-bfs";

    /// <inheritdoc/>
    public string Summary => "GPipe over v chunks a device, chunk by chunk: a v-th of the bubble, the largest stash";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.Any;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        return AlternatingOrder.Generate(Name, size, groupSize: size.MicroBatches, warmUps: _ => size.MicroBatches * size.Chunks, weightDelay: _ => 0);
    }
}
