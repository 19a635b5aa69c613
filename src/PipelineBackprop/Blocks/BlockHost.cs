using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Compute;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>What all blocks of a stage share: its device, its pool, its thread, and where it is now (read by the watchdog on another thread).</summary>
internal sealed class BlockHost(ICompute compute, StagePools pools, TaskScheduler thread)
{
    private BlockPlaceBox? _current;

    public ICompute Compute { get; } = compute;

    /// <summary>Tensors of the device.</summary>
    public TensorPool Pool { get; } = pools.Device;

    /// <summary>Tensors of the host, on their way to a stage on another device.</summary>
    public TensorPool HostPool { get; } = pools.Host;

    /// <summary>
    /// Options of every block of the stage: its one thread, messages in order. Unbounded because the schedule bounds what is admitted: one action at
    /// a time.
    /// </summary>
    public ExecutionDataflowBlockOptions Options { get; } = new()
    {
        TaskScheduler = thread,
        MaxDegreeOfParallelism = 1,
        EnsureOrdered = true,
        SingleProducerConstrained = true,
        BoundedCapacity = DataflowBlockOptions.Unbounded,
    };

    /// <summary>Where the stage computes now and since when, or null between actions.</summary>
    public (BlockPlace Place, long Since)? Current => Volatile.Read(ref _current) is { Since: > 0 } box ? (box.Place, box.Since) : null;

    public void Enter(BlockPlaceBox box, ActionKind action, int microBatch)
    {
        box.Set(action, microBatch);
        Volatile.Write(ref _current, box);
    }

    public void Leave() => Volatile.Write(ref _current, null);
}
