namespace PipelineBackprop.Schedules;

/// <summary>
/// ZB-H1 (Qi et al. 2023): 1F1B in which stage i delays its W by i micro-batches, so that B reaches the stages above sooner and W
/// fills what was idle. A bubble of (p−1)(F+B−W) where W takes no longer than B; when F=B=W that is the least there is with one
/// chunk and a barrier. p−i micro-batches held until B, p until W. For p=3, m=4, all times 1:
/// <code>
/// device 0  0F0 0F1 0F2  .   .  0B0 0W0 0F3 0B1 0W1 0B2 0W2 0B3 0W3
/// device 1   .  1F0 1F1  .  1B0 1F2 1B1 1W0 1F3 1B2 1W1 1B3 1W2 1W3
/// device 2   .   .  2F0 2B0 2F1 2B1 2F2 2B2 2W0 2F3 2B3 2W1 2W2 2W3
/// </code>
/// </summary>
public sealed class ZeroBubbleH1Schedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "zb-h1";

    /// <inheritdoc/>
    public string Summary => "1F1B with W delayed: the memory of 1F1B, the least time before a barrier when F = B = W";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.One;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        return AlternatingOrder.Generate(Name, size, groupSize: 1, warmUps: device => size.Devices - device, weightDelay: device => device);
    }
}
