using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>
/// Keeps the ledger informed of what an opened device holds beside tensors. Stages that share a device share its scratch, so it is counted once: on the account of
/// the stage that opened it. Thread-safe.
/// </summary>
internal sealed class DeviceScratch(ICompute compute, LedgerAccount account)
{
    private readonly Lock _lock = new();
    private bool _struck; // guarded by _lock

    /// <summary>Counts what is held now; on the device's thread.</summary>
    public void Count()
    {
        lock (_lock)
            if (!_struck) account.SetScratch(compute.ScratchBytes);
    }

    /// <summary>Strikes it from the account: the device is closed, or its thread may never come back.</summary>
    public void Strike()
    {
        lock (_lock)
        {
            if (_struck) return;
            _struck = true;
            account.SetScratch(0);
        }
    }
}
