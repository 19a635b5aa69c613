namespace PipelineBackprop.Schedules;

/// <summary>
/// Interleaved zero bubble: interleaved 1F1B with half the warm-up behind the first chunks, (v−1)p + (p−1−i) + 1 forwards, and W
/// delayed by i chunks. A bubble of (p−1)(F+B−W)/v where the times are those of a whole device and W takes no longer than B. For
/// p=2, m=4, v=2, all times of a chunk 1:
/// <code>
/// device 0  0F0 0F1 2F0 2F1  .  2B0 2W0 0F2 2B1 2W1 0F3 0B0 0W0 2F2 0B1 0W1 2F3 2B2 2W2 2B3 2W3 0B2 0W2 0B3 0W3
/// device 1   .  1F0 1F1 3F0 3B0 3F1 3B1 3W0 1F2 1B0 3W1 1F3 1B1 1W0 3F2 3B2 1W1 3F3 3B3 3W2 1B2 3W3 1B3 1W2 1W3
/// </code>
/// </summary>
public sealed class InterleavedZeroBubbleSchedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "interleaved-zb";

    /// <inheritdoc/>
    public string Summary => "interleaved 1F1B with W delayed: a v-th of the bubble of ZB-H1, a smaller stash than interleaved 1F1B";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.Any;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        int group = Math.Min(size.Devices, size.MicroBatches);
        return AlternatingOrder.Generate(Name, size, group,
            warmUps: device => ((size.Chunks - 1) * group) + size.Devices - device, weightDelay: device => device);
    }
}
