using PipelineBackprop.Compute;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>What all blocks of a stage share: its device, its pool, its thread, and where it is now (read by the watchdog on another thread).</summary>
internal sealed class BlockHost(ICompute compute, StagePools pools, IBlockThread thread, bool reportsAtEnd, StageRecorder recorder)
{
    private FiniteWatch? _watch; // opened by the first look of a stage that reports at the end, freed with the device
    private bool _isWatching;
    private readonly List<(BlockPlace Place, string What)> _looks = [];
    private BlockFault? _nonFinite; // the first that was found without a watch
    private BlockPlaceBox? _current;

    public ICompute Compute { get; } = compute;

    /// <summary>Notes what blocks do in steps that are recorded.</summary>
    public StageRecorder Recorder { get; } = recorder;

    /// <summary>Tensors of the device.</summary>
    public TensorPool Pool { get; } = pools.Device;

    /// <summary>Tensors of the host, on their way to a stage on another device.</summary>
    public TensorPool HostPool { get; } = pools.Host;

    /// <summary>Views into the minibatch, where the device reads the host's memory.</summary>
    public TensorPool Views { get; } = pools.Views;

    /// <summary>Where the blocks' messages are handled. Unbounded, because the schedule bounds what is admitted: one action at a time.</summary>
    public IBlockThread Thread { get; } = thread;

    /// <summary>Where the stage computes now and since when, or null between actions.</summary>
    public (BlockPlace Place, long Since)? Current => Volatile.Read(ref _current) is { Since: > 0 } box ? (box.Place, box.Since) : null;

    /// <summary>
    /// Looks at an action's result: throws when it holds NaN or infinity. In a pipeline with loss scaling, or a device that would have to be waited for, every
    /// stage keeps it for <see cref="SettleFinite"/> instead, or a stage downstream would throw before the one where it began has looked.
    /// </summary>
    public void RequireFinite(DeviceTensor x, BlockPlace place, string what)
    {
        if (reportsAtEnd && !_isWatching) (_watch, _isWatching) = (Compute.WatchFinite(), true);
        if (_watch is not null)
        {
            _watch.Look(x);
            _looks.Add((place, what));
        }
        else if (_nonFinite is null && !Compute.IsFinite(x))
        {
            var exception = new NonFiniteValueException(what);
            if (!reportsAtEnd) throw exception;
            _nonFinite = new BlockFault(place, exception);
        }
    }

    /// <summary>Where NaN or infinity was found first since the last call, or null; waits for the device.</summary>
    public BlockFault? SettleFinite()
    {
        int first = _watch?.Settle() ?? -1;
        BlockFault? fault = first < 0 ? _nonFinite : new BlockFault(_looks[first].Place, new NonFiniteValueException(_looks[first].What));
        ForgetLooks();
        return fault;
    }

    /// <summary>Forgets what was noted: the pass is given up.</summary>
    public void ForgetLooks()
    {
        _watch?.Forget();
        _looks.Clear();
        _nonFinite = null;
    }

    public void Enter(BlockPlaceBox box, ActionKind action, int microBatch)
    {
        box.Set(action, microBatch);
        Volatile.Write(ref _current, box);
    }

    public void Leave() => Volatile.Write(ref _current, null);
}
