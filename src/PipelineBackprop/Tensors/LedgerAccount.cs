namespace PipelineBackprop.Tensors;

/// <summary>The bytes of one owner (a stage) by purpose: in use now and at the peak, and reserved from the device. Thread-safe.</summary>
public sealed class LedgerAccount
{
    private static readonly int s_purposes = Enum.GetValues<MemoryPurpose>().Length;
    private readonly long[] _inUse = new long[s_purposes];
    private readonly long[] _peak = new long[s_purposes];
    private long _total, _totalPeak, _reserved;

    internal LedgerAccount(string owner) => Owner = owner;

    /// <summary>Whose bytes these are, as <c>stage 0</c>.</summary>
    public string Owner { get; }

    /// <summary>Bytes lent now for a purpose.</summary>
    public long InUse(MemoryPurpose purpose) => Interlocked.Read(ref _inUse[(int)purpose]);

    /// <summary>The most bytes ever lent at once for a purpose.</summary>
    public long Peak(MemoryPurpose purpose) => Interlocked.Read(ref _peak[(int)purpose]);

    /// <summary>The most bytes ever lent at once over all purposes, and the scratch: once there it stays, so it lies beside whatever comes.</summary>
    public long PeakTotal => Interlocked.Read(ref _totalPeak) + Peak(MemoryPurpose.Scratch);

    /// <summary>Bytes taken from the device, lent or free in the pool.</summary>
    public long Reserved => Interlocked.Read(ref _reserved);

    internal void Add(MemoryPurpose purpose, long bytes)
    {
        Raise(ref _peak[(int)purpose], Interlocked.Add(ref _inUse[(int)purpose], bytes));
        Raise(ref _totalPeak, Interlocked.Add(ref _total, bytes));
    }

    /// <summary>Begins the peaks anew from what is lent now; while nobody lends or gives back.</summary>
    internal void ForgetPeaks()
    {
        for (int purpose = 0; purpose < s_purposes; purpose++) Interlocked.Exchange(ref _peak[purpose], Interlocked.Read(ref _inUse[purpose]));
        Interlocked.Exchange(ref _totalPeak, Interlocked.Read(ref _total));
    }

    /// <summary>Sets room aside for tensors in transit, or gives it back with a negative number.</summary>
    internal void SetAside(long bytes) => Add(MemoryPurpose.Transfer, bytes);

    /// <summary>Says what the device holds beside tensors.</summary>
    internal void SetScratch(long bytes)
    {
        Interlocked.Exchange(ref _inUse[(int)MemoryPurpose.Scratch], bytes);
        Raise(ref _peak[(int)MemoryPurpose.Scratch], bytes);
    }

    internal void AddReserved(long bytes) => Interlocked.Add(ref _reserved, bytes);

    private static void Raise(ref long peak, long value)
    {
        long seen = Interlocked.Read(ref peak);
        while (value > seen)
        {
            long before = Interlocked.CompareExchange(ref peak, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
