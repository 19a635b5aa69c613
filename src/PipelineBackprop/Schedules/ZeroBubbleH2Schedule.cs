namespace PipelineBackprop.Schedules;

/// <summary>
/// ZB-H2 (Qi et al. 2023): stage i runs 2(p−i)−1 warm-up forwards, so that no device waits from its first action to its last when
/// F=B=W and m is at least 2p−1; the devices end one after the other. A bubble of (p−1)(F+B−2W), or none, by span, 2(p−i)−1 micro-batches
/// held until B and 2p−1 until W. For p=3, m=5, all times 1:
/// <code>
/// device 0  0F0 0F1 0F2 0F3 0F4 0B0 0W0 0B1 0W1 0B2 0W2 0B3 0W3 0B4 0W4  .   .
/// device 1   .  1F0 1F1 1F2 1B0 1F3 1B1 1F4 1B2 1W0 1B3 1W1 1B4 1W2 1W3 1W4  .
/// device 2   .   .  2F0 2B0 2F1 2B1 2F2 2B2 2F3 2B3 2F4 2B4 2W0 2W1 2W2 2W3 2W4
/// </code>
/// </summary>
public sealed class ZeroBubbleH2Schedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "zb-h2";

    /// <inheritdoc/>
    public string Summary => "no bubble within a device when F = B = W, for almost twice the memory";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.One;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        return AlternatingOrder.Generate(Name, size, groupSize: 1, warmUps: device => (2 * (size.Devices - device)) - 1, weightDelay: device => 2 * device);
    }
}
