using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// What travels through the blocks of a stage: one action on one micro-batch with its tensor. A fault rides along instead of killing a block,
/// so every message that enters the chain comes out of it. One message a stage, reused, because a stage admits one action at a time.
/// </summary>
internal sealed class MicroBatchMessage
{
    public Pass Pass { get; private set; } = null!;

    public ActionKind Action { get; private set; }

    public MicroBatchRange MicroBatch { get; private set; }

    /// <summary>An activation (F) or a gradient (B), owned by the message; null for W and where no gradient is needed.</summary>
    public DeviceTensor? Value { get; private set; }

    /// <summary>Of F in training: whether the stash is kept, dropped or computed again.</summary>
    public StashUse Stash { get; private set; }

    public BlockFault? Fault { get; private set; }

    public void Start(Pass pass, ActionKind action, MicroBatchRange microBatch, DeviceTensor? value, StashUse stash = StashUse.Keep)
    {
        Pass = pass;
        Action = action;
        MicroBatch = microBatch;
        Value = value;
        Stash = stash;
        Fault = null;
    }

    /// <summary>Releases the tensor and carries another one on.</summary>
    public void Replace(DeviceTensor? value)
    {
        Value?.Release();
        Value = value;
    }

    /// <summary>Hands the tensor to the caller.</summary>
    public DeviceTensor? Take()
    {
        DeviceTensor? value = Value;
        Value = null;
        return value;
    }

    public void Fail(BlockFault fault) => Fault = fault;
}
