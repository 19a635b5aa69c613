using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Threading;

/// <summary>
/// The door to one thread's jobs. The owner opens it for a job and closes it behind, which waits for the guests that are inside; a guest comes in where it is open.
/// Nothing is allocated.
/// </summary>
internal sealed unsafe class OpenJob
{
    private const long Closed = 1L << 62;

    // Written by the owner while the door is closed and nobody is inside.
    private delegate*<void*, Guest, bool> _help;
    private void* _job;

    private long _guests = Closed; // inside, plus the mark of the closed door

    /// <summary>Owner: lets guests in. The job must stay where it is until <see cref="Close"/> has returned.</summary>
    public void Open<TJob>(ref TJob job)
        where TJob : struct, ISharedJob
    {
        _help = &Help<TJob>;
        _job = Unsafe.AsPointer(ref job);
        Interlocked.Add(ref _guests, -Closed);
    }

    /// <summary>Owner: lets nobody in any more and waits for those inside, who leave when they find no task.</summary>
    public void Close()
    {
        if (Interlocked.Add(ref _guests, Closed) == Closed) return;
        var spin = new SpinWait();
        while (Volatile.Read(ref _guests) != Closed) spin.SpinOnce(sleep1Threshold: -1);
    }

    /// <summary>Guest: comes in and helps; false where the door is closed or there was nothing to do.</summary>
    public bool TryHelp(Guest guest)
    {
        long guests = Volatile.Read(ref _guests);
        if (guests >= Closed || Interlocked.CompareExchange(ref _guests, guests + 1, guests) != guests) return false;
        bool hasHelped = _help(_job, guest);
        Interlocked.Decrement(ref _guests);
        return hasHelped;
    }

    private static bool Help<TJob>(void* job, Guest guest)
        where TJob : struct, ISharedJob => Unsafe.AsRef<TJob>(job).Help(guest);
}
