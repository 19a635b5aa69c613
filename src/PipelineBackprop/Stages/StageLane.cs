using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>
/// One of the schedule's devices: a thread that runs the actions of all its stages in the schedule's order. Several lanes may be pinned to one device. Thread-safe
/// where not said otherwise.
/// </summary>
internal sealed class StageLane(IReadOnlyList<PipelineStage> stages)
{
    private LaneOrder _order = NewOrder(stages);

    /// <summary>Ascending; may be none where a written schedule leaves a device idle.</summary>
    public IReadOnlyList<PipelineStage> Stages { get; } = stages;

    /// <summary>What the lane waits for, or null when it has nothing left to do.</summary>
    public PipelineAction? Awaited => Volatile.Read(ref _order).Awaited;

    /// <summary>The stage of the lane that computes now and since when, or null between actions.</summary>
    public (PipelineStage Stage, long Since)? Current
    {
        get
        {
            foreach (PipelineStage stage in Stages)
            {
                for (int seat = 0; seat < stage.Definition.WeightVersions; seat++)
                    if (stage.CurrentOf(seat) is { } current) return (stage, current.Since);
            }
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
        LaneOrder order = NewOrder(Stages);
        foreach (PipelineStage stage in Stages) stage.AbandonWorker();
        foreach (PipelineStage stage in Stages) await stage.RestartAsync(order).ConfigureAwait(false);
        Volatile.Write(ref _order, order);
    }

    private static LaneOrder NewOrder(IReadOnlyList<PipelineStage> stages) => new(stages.Count == 0 ? 1 : stages[0].Definition.WeightVersions);
}
