namespace PipelineBackprop.Schedules;

/// <summary>
/// V-Half (Qi et al. 2024): stages placed as in ZB-V, F and B of a micro-batch spread so that a device holds it half as long on its
/// two stages together. About half the memory of 1F1B on every device. For p=2, m=4, all times of a chunk 1:
/// <code>
/// device 0  0F0 0F1 0F2 3F0 3B0 3W0 3F1  .  0B0 3B1 0W0 3F2 3W1 0F3 0B1 3B2 0W1 3F3 3B3 0B2 3W2 0B3 3W3 0W2 0W3
/// device 1   .  1F0 2F0 1F1 2F1 2B0 2W0 1B0 1W0 1F2 2F2 2B1 1B1 2W1 1F3 1W1 2F3 2B2 1B2 2B3 1B3 2W2 1W2 2W3 1W3
/// </code>
/// </summary>
public sealed class VHalfSchedule : IScheduleGenerator
{
    /// <inheritdoc/>
    public string Name => "v-half";

    /// <inheritdoc/>
    public string Summary => "two chunks a device, down and up: about half the memory of 1F1B";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.Two;

    /// <inheritdoc/>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        int p = size.Devices;
        // Keeps the slots of the two ways apart modulo six.
        int pause = p % 2 == 0 ? 3 : 0;
        return FoldedPattern.Generate(Name, size, device =>
            [2 * device, (3 * p) - device - 2, (3 * p) + pause + (2 * device) - 1, (6 * p) + pause - device - 2]);
    }
}
