using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;

namespace PipelineBackprop.Stages;

/// <summary>What a stage has of a device: its thread, its compute, and pools of the stage's own. Giving it back is thread-safe and does not wait.</summary>
internal sealed class DeviceLease(StageThread thread, ICompute compute, StagePools pools, DeviceScratch scratch, Action giveBack) : IDisposable
{
    private Action? _giveBack = giveBack;

    public StageThread Thread { get; } = thread;

    public ICompute Compute { get; } = compute;

    public StagePools Pools { get; } = pools;

    /// <summary>What the device holds beside tensors, for all its stages.</summary>
    public DeviceScratch Scratch { get; } = scratch;

    /// <summary>Completes when the device is closed, behind the last stage that gave it back.</summary>
    public Task Closed => Thread.Ended;

    /// <summary>Gives the device back; a second call does nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _giveBack, null)?.Invoke();
}
