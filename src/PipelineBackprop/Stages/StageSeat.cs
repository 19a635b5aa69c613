using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>
/// What a stage has of one pass under way: blocks with their stashes and gradient sums over one version of the weights, what has arrived, and the times. One seat
/// where passes follow each other, two where they overlap. Used on the stage's thread, but for <see cref="Current"/> and, when the pass has ended, <see cref="Clock"/>.
/// </summary>
internal sealed class StageSeat
{
    private readonly StageDefinition _definition;
    private readonly BlockHost _host;
    private readonly MicroBatchMessage _message = new();
    private int _left;       // actions of the pass that have not ended
    private int _recomputed; // micro-batches of the pass whose activations are dropped and computed again

    public StageSeat(
        StageDefinition definition, DeviceLease lease, StageParameters parameters, int index, IOptimizerListener listener, Action<MicroBatchMessage> ended)
    {
        _definition = definition;
        _host = new BlockHost(lease.Compute, lease.Pools, lease.Thread, definition.ReportsNonFiniteAtEnd, Clock.Recorder);
        int version = parameters.VersionOf(index);
        // The step that is taken here begins at the newest weights, which by then are the other seat's.
        IReadOnlyList<OptimizedParameter>? newest = parameters.VersionCount == 1 ? null : parameters.Of(1 - version);
        Chain = new StageChain(definition, _host, parameters.Of(version), newest, listener, new StageBlock<MicroBatchMessage>(ended, _host.Thread));
    }

    public StageChain Chain { get; }

    /// <summary>Outputs of the previous stage.</summary>
    public StageSlots Activations { get; } = new();

    /// <summary>Gradients of the outputs.</summary>
    public StageSlots Gradients { get; } = new();

    public StageClock Clock { get; } = new();

    /// <summary>The pass under way, or null.</summary>
    public Pass? Pass { get; private set; }

    /// <summary>Where the stage computes now for this pass and since when, or null.</summary>
    public (BlockPlace Place, long Since)? Current => _host.Current;

    /// <summary>The action and micro-batch that are, or were last, in the chain.</summary>
    public (ActionKind Action, int MicroBatch) Last => (_message.Action, _message.MicroBatch.Index);

    public void Begin(Pass pass)
    {
        Pass = pass;
        _recomputed = pass.IsTraining ? _definition.Recomputation.CountOf(pass.MicroBatches.Length) : 0;
        _left = pass.MicroBatches.Length * (pass.IsTraining ? ActionKindExtensions.Count : 1);
        Activations.Reset(pass.MicroBatches.Length);
        Gradients.Reset(pass.MicroBatches.Length);
        Chain.Begin(pass);
        Clock.Begin(pass.RecordsTimeline, _left);
    }

    /// <summary>Whether an action's input is there.</summary>
    public bool IsReady(PipelineAction action) => action.Kind switch
    {
        ActionKind.Forward => _definition.IsFirst || Activations.Has(action.MicroBatch),
        ActionKind.InputGradient => Gradients.Has(action.MicroBatch),
        _ => true,
    };

    /// <summary>Sends an action of the schedule into the chain.</summary>
    public void Admit(PipelineAction action)
    {
        Clock.StartAction();
        bool isRecomputed = action.MicroBatch < _recomputed;
        if (action.Kind == ActionKind.Forward) AdmitForward(action.MicroBatch, isRecomputed ? StashUse.Drop : StashUse.Keep);
        else if (action.Kind == ActionKind.InputGradient && isRecomputed && Gradients.HasValue(action.MicroBatch)) AdmitForward(action.MicroBatch, StashUse.Recompute);
        else
        {
            // Where no gradient comes in none is computed, so nothing is missed, and the kept input has nobody who takes it back.
            if (action.Kind == ActionKind.InputGradient && isRecomputed) Chain.ForgetInput(action.MicroBatch);
            AdmitBackward(action.Kind, action.MicroBatch);
        }
    }

    /// <summary>Once its activations are back, an action B goes on to its own part.</summary>
    public bool GoesOnToBackward(MicroBatchMessage message)
    {
        if (message.Stash != StashUse.Recompute || message.Fault is not null) return false;
        Clock.EndRecomputation(message.MicroBatch.Index);
        AdmitBackward(ActionKind.InputGradient, message.MicroBatch.Index);
        return true;
    }

    /// <summary>Counts an action that has ended; true for the last one.</summary>
    public bool EndAction() => --_left == 0;

    /// <summary>The pass has ended: reads its losses and empties the chain. Where NaN or infinity was met first, or null.</summary>
    public BlockFault? End()
    {
        if (_definition.IsLast) Chain.ReadLosses(Pass!.LossSums);
        BlockFault? nonFinite = _host.SettleFinite();
        Chain.Reset();
        Pass = null;
        return nonFinite;
    }

    /// <summary>Lets go of everything that arrived or was stashed.</summary>
    public void Drain()
    {
        Activations.Clear();
        Gradients.Clear();
        _host.ForgetLooks();
        Chain.Reset();
        Pass = null;
    }

    private void AdmitForward(int microBatch, StashUse stash)
    {
        Dual input = _definition.IsFirst || stash == StashUse.Recompute ? default : Activations.Take(microBatch);
        _message.Start(Pass!, ActionKind.Forward, Pass!.MicroBatches[microBatch], input, stash);
        Chain.Admit(_message);
    }

    private void AdmitBackward(ActionKind action, int microBatch)
    {
        _message.Start(Pass!, action, Pass!.MicroBatches[microBatch], action == ActionKind.InputGradient ? Gradients.Take(microBatch) : default);
        Chain.Admit(_message);
    }
}
