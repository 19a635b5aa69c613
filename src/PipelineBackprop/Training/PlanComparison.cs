using PipelineBackprop.Planning;

namespace PipelineBackprop.Training;

/// <summary>The chapter's last question: a model split over more devices against smaller minibatches on one.</summary>
/// <param name="Split">The whole minibatch over 1, 2, … devices, the best plan for each number.</param>
/// <param name="Smaller">Halves, quarters, … of the minibatch on one device, whole ones first.</param>
public sealed record PlanComparison(IReadOnlyList<PipelinePlan> Split, IReadOnlyList<PipelinePlan> Smaller)
{
    /// <summary>Plans both ways.</summary>
    /// <param name="planner">The planner of the model.</param>
    /// <param name="batchSize">Examples of the whole minibatch, at least 1.</param>
    /// <param name="devices">The most devices, 1 to the number of layers; they need not exist: where there are more than pinned, the pins begin again.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    public static async Task<PlanComparison> CreateAsync(PipelinePlanner planner, int batchSize, int devices, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(planner);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(devices, 1);
        var split = new List<PipelinePlan>();
        for (int count = 1; count <= devices; count++)
            split.Add(await PlanAsync(batchSize, count, count == 1 ? 1 : new PlanLimits().MostMicroBatches).ConfigureAwait(false));
        var smaller = new List<PipelinePlan>();
        for (int size = batchSize, halvings = 0; size >= 1 && halvings <= Halvings; size /= 2, halvings++)
            smaller.Add(await PlanAsync(size, 1, 1).ConfigureAwait(false));
        return new PlanComparison(split, smaller);

        async Task<PipelinePlan> PlanAsync(int size, int stages, int mostMicroBatches) =>
            (await planner.BestOfAsync(size, stages, new PlanLimits { MostMicroBatches = mostMicroBatches }, cancellationToken).ConfigureAwait(false))!;
    }

    // Down to a sixteenth: smaller ones only take longer still.
    private const int Halvings = 4;
}
