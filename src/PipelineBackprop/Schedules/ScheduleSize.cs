using PipelineBackprop.Naming;

namespace PipelineBackprop.Schedules;

/// <summary>What a schedule is written for.</summary>
/// <param name="Devices">p, the number of devices, at least 1.</param>
/// <param name="MicroBatches">m, the number of micro-batches of a minibatch, at least 1; fewer than devices is allowed.</param>
/// <param name="Chunks">v, the number of stages on each device, at least 1; default 1.</param>
public readonly record struct ScheduleSize(int Devices, int MicroBatches, int Chunks = 1)
{
    /// <summary>p·v, the number of (virtual) stages.</summary>
    public int Stages => Devices * Chunks;

    /// <summary>For example <c>4 devices, 8 micro-batches, 2 chunks a device</c>.</summary>
    public override string ToString() => $"{Counted.Of(Devices, "device")}, {Counted.Of(MicroBatches, "micro-batch", "es")}, {Counted.Of(Chunks, "chunk")} a device";

    /// <summary>A schedule needs a device, a micro-batch and a chunk, and its actions must be countable.</summary>
    internal void ThrowIfImpossible()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Devices);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MicroBatches);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Chunks);
        PipelineSchedule.ThrowIfTooLarge((long)Devices * Chunks, MicroBatches);
    }
}
