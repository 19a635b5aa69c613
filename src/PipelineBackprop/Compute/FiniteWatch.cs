using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>
/// Looks for NaN and infinity without waiting for the device: looks are noted as they are asked for, and one question at the end says which was the first to
/// find any. Used and disposed on the device's thread.
/// </summary>
public abstract class FiniteWatch : IDisposable
{
    /// <summary>Notes a look at a tensor as it is now; looks are counted from 0.</summary>
    public abstract void Look(DeviceTensor x);

    /// <summary>The number of the first look that found NaN or infinity, or −1; waits for the device and begins anew.</summary>
    public abstract int Settle();

    /// <summary>Begins anew without an answer.</summary>
    public abstract void Forget();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the watch holds on the device.</summary>
    protected abstract void Dispose(bool disposing);
}
