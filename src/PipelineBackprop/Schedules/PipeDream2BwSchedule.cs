namespace PipelineBackprop.Schedules;

/// <summary>
/// PipeDream-2BW (Narayanan et al. 2021): 1F1B that never empties the pipeline. Each stage takes its update as soon as the last W of
/// a minibatch is done and keeps the weights before it for the micro-batches that are still on their way: two versions. Asynchronous:
/// gradients are one update behind the weights they change. No bubble between minibatches when m is at least p; fewer are allowed,
/// with a warm-up of m so that two versions are always enough. The micro-batches are numbered through: those of minibatch t begin at
/// t·m. For p=2, m=2, three minibatches, all times 1:
/// <code>
/// device 0  0F0 0F1  .  0B0 0W0 0F2 0B1 0W1 0F3 0B2 0W2 0F4 0B3 0W3 0F5 0B4 0W4  .  0B5 0W5
/// device 1   .  1F0 1B0 1W0 1F1 1B1 1W1 1F2 1B2 1W2 1F3 1B3 1W3 1F4 1B4 1W4 1F5 1B5 1W5  .
/// </code>
/// </summary>
public sealed class PipeDream2BwSchedule : IScheduleGenerator
{
    private readonly int _minibatches;

    /// <param name="minibatches">The minibatches the schedule goes through before the pipeline runs empty, at least 1; default 3, the
    /// fewest that show the steady state.</param>
    public PipeDream2BwSchedule(int minibatches = 3)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(minibatches);
        _minibatches = minibatches;
    }

    /// <inheritdoc/>
    public string Name => "pipedream-2bw";

    /// <inheritdoc/>
    public string Summary => "1F1B that never runs empty: no bubble, but asynchronous, gradients one update behind";

    /// <inheritdoc/>
    public ScheduleChunks Chunks => ScheduleChunks.One;

    /// <summary>Writes the schedule of several minibatches.</summary>
    /// <param name="size">Micro-batches are those of one minibatch.</param>
    /// <exception cref="ArgumentOutOfRangeException">As in <see cref="IScheduleGenerator.Generate"/>.</exception>
    public PipelineSchedule Generate(ScheduleSize size)
    {
        this.ThrowIfImpossible(size);
        PipelineSchedule.ThrowIfTooLarge(size.Devices, (long)size.MicroBatches * _minibatches);
        return AlternatingOrder.Generate(Name, size with { MicroBatches = size.MicroBatches * _minibatches }, groupSize: 1,
            warmUps: device => Math.Min(size.Devices - device, size.MicroBatches), weightDelay: _ => 0,
            new WeightStaleness(size.MicroBatches, Delay: 1, Versions: 2));
    }
}
