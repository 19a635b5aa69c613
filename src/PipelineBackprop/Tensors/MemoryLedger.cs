namespace PipelineBackprop.Tensors;

/// <summary>Counts every byte of a pipeline's device memory by owner and purpose. Thread-safe.</summary>
public sealed class MemoryLedger
{
    private readonly Lock _lock = new();
    private readonly List<LedgerAccount> _accounts = []; // guarded by _lock

    /// <summary>The accounts opened so far, in order.</summary>
    public IReadOnlyList<LedgerAccount> Accounts
    {
        get { lock (_lock) return [.. _accounts]; }
    }

    /// <summary>Bytes lent now for a purpose, over all owners.</summary>
    public long InUse(MemoryPurpose purpose) => Accounts.Sum(account => account.InUse(purpose));

    /// <summary>The sum of the owners' peaks for a purpose.</summary>
    public long Peak(MemoryPurpose purpose) => Accounts.Sum(account => account.Peak(purpose));

    /// <summary>The sum of the owners' peaks over all purposes.</summary>
    public long PeakTotal => Accounts.Sum(account => account.PeakTotal);

    /// <summary>Opens an account for an owner.</summary>
    internal LedgerAccount Open(string owner)
    {
        var account = new LedgerAccount(owner);
        lock (_lock) _accounts.Add(account);
        return account;
    }

    /// <summary>Strikes an account whose owner was given up, so that its bytes no longer count.</summary>
    internal void Close(LedgerAccount account)
    {
        lock (_lock) _accounts.Remove(account);
    }
}
