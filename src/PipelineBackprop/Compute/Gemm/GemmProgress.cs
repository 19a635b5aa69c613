using System.Runtime.InteropServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// How far one part of a product has come, shared by its owner and by threads that have finished theirs: the block under way is cut into tasks, of which the
/// owner takes the first and helpers the last, until they meet. In native memory, zero before the run.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct GemmProgress
{
    /// <summary>Bytes of one, two cache lines: the owner's and the helpers' counts.</summary>
    internal const int Size = 128;

    /// <summary>The most tasks of a block.</summary>
    internal const int MaxTasks = ushort.MaxValue;

    private const long Closed = long.MinValue;

    [FieldOffset(0)] private long _open; // number of the block, from 1 on (32 bits), end of what nobody took (16), first of it (16)
    [FieldOffset(64)] private int _helped; // tasks of the block that helpers finished

    /// <summary>Whether the owner has begun and not closed.</summary>
    internal bool IsUnderWay => Volatile.Read(ref _open) > 0;

    /// <summary>Owner: opens block <paramref name="block"/> (from 0 on) for <paramref name="tasks"/> tasks; all of the block before are done.</summary>
    internal void Open(int block, int tasks)
    {
        _helped = 0;
        Volatile.Write(ref _open, (block + 1L) << 32 | (long)tasks << 16);
    }

    /// <summary>Owner: ends the part.</summary>
    internal void Close() => Volatile.Write(ref _open, Closed);

    /// <summary>Owner: takes the first task left of the open block; false when there is none.</summary>
    internal bool TryTakeFirst(out int task)
    {
        while (true)
        {
            long open = Volatile.Read(ref _open);
            task = (int)(open & MaxTasks);
            if (task == (int)(open >> 16 & MaxTasks)) return false;
            if (Interlocked.CompareExchange(ref _open, open + 1, open) == open) return true;
        }
    }

    /// <summary>Helper: takes the last task left of the block under way, unless it is the only one: its owner is faster with that.</summary>
    internal bool TryTakeLast(out int block, out int task)
    {
        while (true)
        {
            long open = Volatile.Read(ref _open);
            block = (int)(open >> 32) - 1;
            task = (int)(open >> 16 & MaxTasks) - 1;
            if (open <= 0 || task <= (int)(open & MaxTasks)) return false;
            if (Interlocked.CompareExchange(ref _open, open - (1L << 16), open) == open) return true;
        }
    }

    /// <summary>Helper: the task it took is done.</summary>
    internal void Complete() => Interlocked.Increment(ref _helped);

    /// <summary>Owner: waits until the helpers have done <paramref name="tasks"/> tasks of the block, which they are at.</summary>
    internal void AwaitHelpers(int tasks)
    {
        var spin = new SpinWait();
        while (Volatile.Read(ref _helped) < tasks) spin.SpinOnce(sleep1Threshold: -1);
    }
}
