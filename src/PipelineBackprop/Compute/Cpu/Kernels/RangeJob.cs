using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>A range kernel over <c>0 … count − 1</c> cut into blocks of a fixed size, one a part.</summary>
internal readonly struct RangeJob<TKernel>(TKernel kernel, int count, int block) : ITeamJob
    where TKernel : struct, IRangeKernel
{
    private readonly TKernel _kernel = kernel;
    private readonly int _count = count, _block = block;

    /// <summary>How many blocks there are.</summary>
    public int Parts => (int)(((long)_count + _block - 1) / _block);

    /// <inheritdoc/>
    public void Execute(int part)
    {
        int start = part * _block;
        _kernel.Execute(start, Math.Min(_block, _count - start));
    }
}
