namespace PipelineBackprop.Schedules;

/// <summary>
/// GPipe (Huang et al. 2019): every stage runs all its forwards, then all its backwards. The largest stash, m micro-batches. Time
/// with equal stages: (p−1)(F+B) + m(F+B+W). For p=3, m=3, all times 1:
/// <code>
/// device 0  0F0 0F1 0F2  .   .   .   .  0B0 0W0 0B1 0W1 0B2 0W2
/// device 1   .  1F0 1F1 1F2  .   .  1B0 1W0 1B1 1W1 1B2 1W2  .
/// device 2   .   .  2F0 2F1 2F2 2B0 2W0 2B1 2W1 2B2 2W2  .   .
/// </code>
/// </summary>
public sealed class GPipeSchedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "gpipe";

    /// <inheritdoc/>
    public string Summary => "all forwards, then all backwards: the largest stash, m micro-batches";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.One;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        return AlternatingOrder.Generate(Name, size, groupSize: 1, warmUps: _ => size.MicroBatches, weightDelay: _ => 0);
    }
}
