namespace PipelineBackprop.Schedules;

/// <summary>
/// V-Min (Qi et al. 2024): stages placed as in ZB-V, each micro-batch sent down, up and back without a pause. About a third of the
/// memory of 1F1B on every device, for a longer start and end. For p=2, m=4, all times of a chunk 1:
/// <code>
/// device 0  0F0 0F1  .  3F0 3B0 3W0  .  0B0 0W0 3F1 3B1 3W1 0F2 0B1 0W1 3F2 3B2 3W2 0F3 0B2 0W2 3F3 3B3 3W3  .  0B3 0W3
/// device 1   .  1F0 2F0  .   .  2B0 1B0 1F1 2F1 2W0 1W0 2B1 1B1 1F2 2F2 2W1 1W1 2B2 1B2 1F3 2F3 2W2 1W2 2B3 1B3 2W3 1W3
/// </code>
/// </summary>
public sealed class VMinSchedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "v-min";

    /// <inheritdoc/>
    public string Summary => "two chunks a device, down and up: about a third of the memory of 1F1B";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.Two;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        int p = size.Devices;
        // Keeps the slots of the two ways apart modulo six.
        int pause = p % 3 == 0 ? 2 : 0;
        return FoldedPattern.Generate(Name, size, device =>
            [device, (2 * p) - device - 1, (2 * p) + pause + device, (4 * p) + pause - device - 1]);
    }
}
