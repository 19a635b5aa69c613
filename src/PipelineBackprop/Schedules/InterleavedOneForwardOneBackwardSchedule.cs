namespace PipelineBackprop.Schedules;

/// <summary>
/// Interleaved 1F1B (Narayanan et al. 2021): device i owns the stages i, p+i, 2p+i, … and turns to the next chunk after p micro-
/// batches; (v−1)p + 2(p−1−i) + 1 warm-up forwards, which is also its stash in chunks. A bubble of (p−1)(F+B)/v where F and B are
/// the times of a whole device, (p−1)(F+B+W)/v where B is sent on only after W. Any number of micro-batches will do. For p=2,
/// m=4, v=2, all times of a chunk 1:
/// <code>
/// device 0  0F0 0F1 2F0 2F1 0F2 2B0 2W0 0F3 2B1 2W1 2F2 0B0 0W0 2F3 0B1 0W1  .  2B2 2W2  .  2B3 2W3 0B2 0W2 0B3 0W3
/// device 1   .  1F0 1F1 3F0 3B0 3W0 3F1 3B1 3W1 1F2 1B0 1W0 1F3 1B1 1W1 3F2 3B2 3W2 3F3 3B3 3W3 1B2 1W2 1B3 1W3  .
/// </code>
/// </summary>
public sealed class InterleavedOneForwardOneBackwardSchedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "interleaved-1f1b";

    /// <inheritdoc/>
    public string Summary => "1F1B over v chunks a device: a v-th of the bubble for a larger stash";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.Any;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        int group = Math.Min(size.Devices, size.MicroBatches);
        return AlternatingOrder.Generate(Name, size, group,
            warmUps: device => ((size.Chunks - 1) * group) + (2 * (size.Devices - 1 - device)) + 1, weightDelay: _ => 0);
    }
}
