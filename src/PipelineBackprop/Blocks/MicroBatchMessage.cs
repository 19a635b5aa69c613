using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// What travels through the blocks of a stage: one action on one micro-batch with its tensors. A fault rides along instead of killing a block,
/// so every message that enters the chain comes out of it. One message a stage, reused, because a stage admits one action at a time.
/// </summary>
internal sealed class MicroBatchMessage
{
    private Dual _carried;

    public Pass Pass { get; private set; } = null!;

    public ActionKind Action { get; private set; }

    public MicroBatchRange MicroBatch { get; private set; }

    /// <summary>An activation (F) or a gradient (B), owned by the message; null for W and where no gradient is needed.</summary>
    public DeviceTensor? Value => _carried.Value;

    /// <summary>The tangent of <see cref="Value"/> in a Hessian-vector product; null where it does not move.</summary>
    public DeviceTensor? Tangent => _carried.Tangent;

    /// <summary>Of F in training: whether the stash is kept, dropped or computed again.</summary>
    public StashUse Stash { get; private set; }

    public BlockFault? Fault { get; private set; }

    public void Start(Pass pass, ActionKind action, MicroBatchRange microBatch, Dual carried, StashUse stash = StashUse.Keep)
    {
        Pass = pass;
        Action = action;
        MicroBatch = microBatch;
        _carried = carried;
        Stash = stash;
        Fault = null;
    }

    /// <summary>Releases what it carries and carries something else on.</summary>
    public void Replace(DeviceTensor? value, DeviceTensor? tangent = null)
    {
        _carried.Release();
        _carried = new Dual(value, tangent);
    }

    /// <summary>Hands what it carries to the caller.</summary>
    public Dual Take()
    {
        Dual carried = _carried;
        _carried = default;
        return carried;
    }

    public void Fail(BlockFault fault) => Fault = fault;
}
