using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>
/// One of the schedule's devices: a thread that runs the actions of all its stages in the schedule's order. Several lanes may be pinned to one device. Thread-safe
/// where not said otherwise.
/// </summary>
internal sealed class StageLane(IReadOnlyList<PipelineStage> stages)
{
    private LaneOrder _order = new();

    /// <summary>Ascending; may be none where a written schedule leaves a device idle.</summary>
    public IReadOnlyList<PipelineStage> Stages { get; } = stages;

    /// <summary>What the lane waits for, or null when it has nothing left to do.</summary>
    public PipelineAction? Awaited => Volatile.Read(ref _order).Awaited;

    /// <summary>Where the lane computes now and since when, or null between actions.</summary>
    public (PipelineStage Stage, BlockPlace Place, long Since)? Current
    {
        get
        {
            foreach (PipelineStage stage in Stages)
                if (stage.Current is { } current) return (stage, current.Place, current.Since);
            return null;
        }
    }

    /// <summary>Opens the device and brings every stage to life on its thread.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (PipelineStage stage in Stages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await stage.StartAsync(_order).ConfigureAwait(false);
        }
    }

    /// <summary>Gives up all workers, whose thread does not come back, and starts others on the same parameters.</summary>
    public async Task ReplaceWorkersAsync()
    {
        // The lost thread may still look at the order it knew.
        var order = new LaneOrder();
        foreach (PipelineStage stage in Stages) stage.AbandonWorker();
        foreach (PipelineStage stage in Stages) await stage.RestartAsync(order).ConfigureAwait(false);
        Volatile.Write(ref _order, order);
    }
}
