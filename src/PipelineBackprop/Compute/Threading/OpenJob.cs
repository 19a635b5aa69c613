using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace PipelineBackprop.Compute.Threading;

/// <summary>
/// The door to one thread's jobs. The owner opens it for a job and closes it behind, which waits for the guests that are inside; a guest comes in where it is open.
/// What a guest fails with is the owner's to know. Nothing is allocated.
/// </summary>
internal sealed unsafe class OpenJob
{
    private const long Closed = 1L << 62;

    // Written by the owner while the door is closed and nobody is inside.
    private delegate*<void*, Guest, bool> _help;
    private void* _job;

    private ExceptionDispatchInfo? _fault; // of the guest that failed first, since the door was opened
    private long _guests = Closed; // inside, plus the mark of the closed door

    /// <summary>Owner: lets guests in. The job must stay where it is until <see cref="Close"/> has returned.</summary>
    public void Open<TJob>(ref TJob job)
        where TJob : struct, ISharedJob
    {
        _help = &Help<TJob>;
        _job = Unsafe.AsPointer(ref job);
        _fault = null;
        Interlocked.Add(ref _guests, -Closed);
    }

    /// <summary>Owner: lets nobody in any more and waits for those inside, who leave when they find no task.</summary>
    public void Close()
    {
        if (Interlocked.Add(ref _guests, Closed) == Closed) return;
        var spin = new SpinWait();
        while (Volatile.Read(ref _guests) != Closed) spin.SpinOnce(sleep1Threshold: -1);
    }

    /// <summary>Owner, behind the closed door: throws what the first guest that failed did, with its stack trace; nothing where none has.</summary>
    public void ThrowFault()
    {
        ExceptionDispatchInfo? fault = _fault;
        _fault = null;
        fault?.Throw();
    }

    /// <summary>Guest: comes in and helps; false where the door is closed or there was nothing to do.</summary>
    public bool TryHelp(Guest guest)
    {
        long guests = Volatile.Read(ref _guests);
        if (guests >= Closed || Interlocked.CompareExchange(ref _guests, guests + 1, guests) != guests) return false;
        try
        {
            return _help(_job, guest);
        }
        catch (Exception exception)
        {
            // The guest's own thread has no part in what failed here.
            Interlocked.CompareExchange(ref _fault, ExceptionDispatchInfo.Capture(exception), null);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _guests);
        }
    }

    private static bool Help<TJob>(void* job, Guest guest)
        where TJob : struct, ISharedJob => Unsafe.AsRef<TJob>(job).Help(guest);
}
