using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>A range of one thread, of which guests may take parts while it is at work.</summary>
internal struct SharedRange<TKernel>(RangeJob<TKernel> job) : ISharedJob
    where TKernel : struct, IRangeKernel
{
    private readonly RangeJob<TKernel> _job = job;
    private int _taken; // parts, and how often somebody found none

    /// <summary>Owner: does what nobody else takes. Guests may still be at work behind it.</summary>
    public void Execute()
    {
        while (TryTake(out int part)) _job.Execute(part);
    }

    /// <inheritdoc/>
    public bool Help(Guest guest)
    {
        bool hasHelped = false;
        for (; !guest.IsCalled() && TryTake(out int part); hasHelped = true) _job.Execute(part);
        return hasHelped;
    }

    private bool TryTake(out int part)
    {
        part = Interlocked.Increment(ref _taken) - 1;
        return part < _job.Parts;
    }
}
