using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// A stage's pools, counted on one account: over device memory, over host memory for transfers, and of views into the minibatch, whose memory the pass keeps
/// as if it were the stage's own. Thread-safe.
/// </summary>
internal sealed class StagePools(ICompute compute, LedgerAccount account) : IDisposable
{
    public TensorPool Device { get; } = new(compute.Allocate, account, lendsInOrder: compute.RecordsAddresses);

    public TensorPool Host { get; } = new(compute.AllocateHost, account);

    public TensorPool Views { get; } = new(compute.AllocateView, account);

    /// <inheritdoc cref="TensorPool.Reclaim"/>
    public void Reclaim()
    {
        Device.Reclaim();
        Host.Reclaim();
        Views.Reclaim();
    }

    /// <inheritdoc cref="TensorPool.Abandon"/>
    public void Abandon()
    {
        Device.Abandon();
        Host.Abandon();
        Views.Abandon();
    }

    /// <inheritdoc cref="TensorPool.Leave"/>
    public void Leave()
    {
        Device.Leave();
        Host.Leave();
        Views.Leave();
    }

    public void Dispose()
    {
        Device.Dispose();
        Host.Dispose();
        Views.Dispose();
    }
}
