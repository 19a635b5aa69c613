using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>A range of one thread, of which guests may take parts while it is at work.</summary>
internal struct SharedRange<TKernel>(RangeJob<TKernel> job) : ISharedJob
    where TKernel : struct, IRangeKernel
{
    private readonly RangeJob<TKernel> _job = job;
    private int _taken; // parts, and how often somebody found none

    /// <summary>
    /// Owner: does a job while the door is open. When a part throws, parts that have not started are left out, those under way finish, and the exception is thrown
    /// here: the owner's own, or else that of the guest that failed first.
    /// </summary>
    public static void Run(OpenJob door, in RangeJob<TKernel> job)
    {
        var shared = new SharedRange<TKernel>(job);
        door.Open(ref shared);
        try
        {
            shared.Execute();
        }
        finally
        {
            door.Close();
        }
        door.ThrowFault();
    }

    /// <summary>Owner: does what nobody else takes. Guests may still be at work behind it.</summary>
    public void Execute()
    {
        while (TryTake(out int part)) Execute(part);
    }

    /// <inheritdoc/>
    public bool Help(Guest guest)
    {
        bool hasHelped = false;
        for (; !guest.IsCalled() && TryTake(out int part); hasHelped = true) Execute(part);
        return hasHelped;
    }

    private void Execute(int part)
    {
        try
        {
            _job.Execute(part);
        }
        catch
        {
            Volatile.Write(ref _taken, _job.Parts);
            throw;
        }
    }

    private bool TryTake(out int part)
    {
        part = Interlocked.Increment(ref _taken) - 1;
        return part < _job.Parts;
    }
}
