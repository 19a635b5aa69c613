namespace PipelineBackprop.Schedules;

/// <summary>
/// 1F1B (PipeDream-Flush, Narayanan et al. 2021): stage i runs min(p−i, m) warm-up forwards, then one backward and one forward in
/// turn, then the remaining backwards. The time of GPipe with a stash of min(p−i, m) micro-batches. For p=3, m=3, all times 1:
/// <code>
/// device 0  0F0 0F1 0F2  .   .  0B0 0W0  .  0B1 0W1  .  0B2 0W2
/// device 1   .  1F0 1F1  .  1B0 1W0 1F2 1B1 1W1  .  1B2 1W2  .
/// device 2   .   .  2F0 2B0 2W0 2F1 2B1 2W1 2F2 2B2 2W2  .   .
/// </code>
/// </summary>
public sealed class OneForwardOneBackwardSchedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "1f1b";

    /// <inheritdoc/>
    public string Summary => "the time of GPipe with a stash of p − i micro-batches";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.One;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        return AlternatingOrder.Generate(Name, size, groupSize: 1, warmUps: device => size.Devices - device, weightDelay: _ => 0);
    }
}
