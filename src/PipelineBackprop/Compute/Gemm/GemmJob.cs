using System.Numerics;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// The parts of one product, each computed by one thread with its own buffers, all of the inner dimension included. A thread that has finished its part takes
/// tasks from those that have not: cores are not equally fast, and what else they have to do comes and goes.
/// </summary>
internal readonly unsafe struct GemmJob<T, TKernel, TVector, TSimd> : ITeamJob, ISharedJob
    where T : unmanaged, IFloatingPointIeee754<T>
    where TKernel : struct, IGemmKernel<T>
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    private readonly GemmDivision<T> _division;
    private readonly byte* _buffers;

    /// <summary>A product with its buffers, <see cref="GemmDivision{T}.Bytes"/> of them.</summary>
    internal GemmJob(in GemmDivision<T> division, byte* buffers)
    {
        _division = division;
        _buffers = buffers;
        for (int part = 0; division.AreTasksShared && part < division.Parts; part++) *Progress(part) = default;
    }

    /// <inheritdoc/>
    public void Execute(int part)
    {
        GemmPart place = _division.Part(part);
        int kept = 0;
        for (int number = 0; number < _division.Blocks(place); number++)
        {
            GemmBlock block = _division.Block(place, number);
            if (block.FirstColumn == place.FirstColumn) kept = 0;
            int taken = Multiply(part, number, block, _division.Next(place, number), kept);
            // What helpers took are the last tasks, so the tasks whose panels are kept are the first, without a gap.
            if (_division.Layout.KeepsPanels) kept = Math.Max(kept, taken);
        }
        if (!_division.AreTasksShared) return;
        Progress(part)->Close();
        Help(part);
    }

    // Returns how many tasks of the block the part's own thread took.
    private int Multiply(int part, int number, in GemmBlock block, in GemmBlock next, int kept)
    {
        var product = new GemmBlockProduct<T, TKernel, TVector, TSimd>(_division, Squares);
        product.Prepare(block, Buffers(part), packs: kept == 0);
        int taken = 1; // a block that is not shared is one task
        if (_division.AreTasksShared) taken = Share(product, part, number, block, next, kept);
        else MultiplyOwn(product, part, block, next, task: 0, kept);
        product.Finish(block);
        return taken;
    }

    private int Share(in GemmBlockProduct<T, TKernel, TVector, TSimd> product, int part, int number, in GemmBlock block, in GemmBlock next, int kept)
    {
        GemmProgress* progress = Progress(part);
        progress->Open(number, block.Tasks);
        int taken = 0;
        for (; progress->TryTakeFirst(out int task); taken++) MultiplyOwn(product, part, block, next, task, kept);
        progress->AwaitHelpers(block.Tasks - taken);
        return taken;
    }

    private void MultiplyOwn(in GemmBlockProduct<T, TKernel, TVector, TSimd> product, int part, in GemmBlock block, in GemmBlock next, int task, int kept) =>
        product.Multiply(block, next, task, Buffers(part), Buffers(part), _division.Layout.KeepsPanels, packs: task >= kept, helps: false);

    /// <inheritdoc/>
    public bool Help(Guest guest)
    {
        bool hasHelped = false;
        for (int part = 0; part < _division.Parts; part++)
            while (!guest.IsCalled() && TakeTask(part, guest.Buffers)) hasHelped = true;
        return hasHelped;
    }

    private void Help(int part)
    {
        var idle = new IdleSpin();
        bool areOthersUnderWay;
        do
        {
            areOthersUnderWay = false;
            for (int i = 1; i < _division.Parts; i++)
            {
                int other = (part + i) % _division.Parts;
                while (TakeTask(other, Buffers(part))) { }
                areOthersUnderWay |= Progress(other)->IsUnderWay;
            }
        }
        while (areOthersUnderWay && idle.Once());
    }

    // Does the last task of the part's open block; false where nobody is needed.
    private bool TakeTask(int part, byte* own)
    {
        GemmProgress* progress = Progress(part);
        if (!progress->TryTakeLast(out int number, out int task)) return false;
        var product = new GemmBlockProduct<T, TKernel, TVector, TSimd>(_division, Squares);
        try
        {
            product.Multiply(_division.Block(_division.Part(part), number), default, task, Buffers(part), own, keeps: false, packs: true, helps: true);
        }
        finally
        {
            // The part's thread waits for the task, whatever became of it.
            progress->Complete();
        }
        return true;
    }

    private double* Squares => _division.Sums == 0 ? null : (double*)(_buffers + _division.PartBytes);

    private byte* Buffers(int part) => _buffers + part * _division.Layout.Bytes;

    private GemmProgress* Progress(int part) => (GemmProgress*)(Buffers(part) + _division.Layout.ProgressOffset);
}
