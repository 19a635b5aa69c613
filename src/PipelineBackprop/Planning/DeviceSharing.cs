namespace PipelineBackprop.Planning;

/// <summary>Which devices of a schedule are the same real one: they share its memory, and its time. Immutable.</summary>
/// <param name="Memory">By device: the memory it takes from.</param>
/// <param name="MemoryBytes">By memory: the most bytes; null for any.</param>
/// <param name="Processor">By device: the processors it computes on.</param>
/// <param name="AtOnce">By processors: how many actions they run at once, at least 1.</param>
public sealed record DeviceSharing(IReadOnlyList<int> Memory, IReadOnlyList<long?> MemoryBytes, IReadOnlyList<int> Processor, IReadOnlyList<int> AtOnce)
{
    /// <summary>Devices that share nothing, each with that much memory.</summary>
    public static DeviceSharing None(int devices, long? memory = null)
    {
        int[] own = [.. Enumerable.Range(0, devices)];
        return new DeviceSharing(own, [.. own.Select(_ => memory)], own, [.. own.Select(_ => 1)]);
    }

    /// <summary>How many stages compute at once on the processors of a device: no more than are pinned to them, and than they run.</summary>
    public int AtOnceOn(int device) => Math.Min(AtOnce[Processor[device]], Processor.Count(processor => processor == Processor[device]));
}
