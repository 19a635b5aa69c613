namespace PipelineBackprop.Compute.Cpu;

/// <summary>An update of a range and then a reduction over the same range, which it finds in the first cache.</summary>
internal readonly struct UpdateAndSumKernel<TUpdate, TSum>(TUpdate update, TSum sum) : IRangeKernel
    where TUpdate : struct, IRangeKernel
    where TSum : struct, IRangeKernel
{
    private readonly TUpdate _update = update;
    private readonly TSum _sum = sum;

    /// <inheritdoc/>
    public static int Weight => TUpdate.Weight;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        _update.Execute(start, count);
        _sum.Execute(start, count);
    }
}
