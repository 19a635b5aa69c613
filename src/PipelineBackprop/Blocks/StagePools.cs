using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>A stage's pools, one over device memory and one over host memory for transfers, counted on one account. Thread-safe.</summary>
internal sealed class StagePools(ICompute compute, LedgerAccount account) : IDisposable
{
    public TensorPool Device { get; } = new(compute.Allocate, account);

    public TensorPool Host { get; } = new(compute.AllocateHost, account);

    /// <inheritdoc cref="TensorPool.Reclaim"/>
    public void Reclaim()
    {
        Device.Reclaim();
        Host.Reclaim();
    }

    /// <inheritdoc cref="TensorPool.Abandon"/>
    public void Abandon()
    {
        Device.Abandon();
        Host.Abandon();
    }

    public void Dispose()
    {
        Device.Dispose();
        Host.Dispose();
    }
}
