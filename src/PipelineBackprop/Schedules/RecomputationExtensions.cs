namespace PipelineBackprop.Schedules;

/// <summary>What <see cref="Recomputation"/> means in numbers.</summary>
public static class RecomputationExtensions
{
    /// <summary>How many of that many micro-batches are recomputed; they are the first ones.</summary>
    public static int CountOf(this Recomputation recomputation, int microBatches) => recomputation switch
    {
        Recomputation.Always => microBatches,
        Recomputation.AllButLast => microBatches - 1,
        _ => 0,
    };
}
