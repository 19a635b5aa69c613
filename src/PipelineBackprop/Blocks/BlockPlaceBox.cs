using PipelineBackprop.Diagnostics;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Blocks;

/// <summary>A block's own place, rewritten for every message without allocating; the watchdog may read a moment late, never a torn name.</summary>
internal sealed class BlockPlaceBox(int layer, string name)
{
    private long _actionAndMicroBatch;
    private long _since;

    /// <summary>When the block was entered, by the <see cref="CoarseClock"/>.</summary>
    public long Since => Volatile.Read(ref _since);

    public BlockPlace Place
    {
        get
        {
            long packed = Volatile.Read(ref _actionAndMicroBatch);
            return new BlockPlace(layer, name, (ActionKind)(packed >> 32), (int)packed);
        }
    }

    public void Set(ActionKind action, int microBatch)
    {
        Volatile.Write(ref _actionAndMicroBatch, ((long)action << 32) | (uint)microBatch);
        Volatile.Write(ref _since, CoarseClock.Now);
    }
}
