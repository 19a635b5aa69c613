using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>
/// The actor: one thread, one device, one chain of blocks, one inbox. It runs the actions that its lane admits, one at a time, each when its input is
/// there, and sends the results to its neighbours. Everything but <see cref="Post"/>, <see cref="Retire"/> and what the
/// watchdog reads happens on its thread, which it shares with the other stages of the lane.
/// </summary>
internal sealed class StageWorker : IOptimizerListener
{
    private readonly PipelineStage _stage;
    private readonly StageDefinition _definition;
    private readonly IStageListener _listener;
    private readonly ActionBlock<StageMail> _inbox;
    private readonly StageChain _chain;
    private readonly LaneOrder _lane;
    private readonly MicroBatchMessage _message = new();
    private readonly BlockHost _host;
    private readonly StagePools _pools;

    private Pass? _pass;
    private int _recomputed;    // micro-batches of the pass whose activations are dropped and computed again
    private int _left;          // actions of the pass that have not ended
    private volatile bool _retired; // another worker has taken over
    private long _setAside;     // bytes for tensors in transit
    private readonly StageSlots _activations = new(), _gradients = new();

    private StageWorker(PipelineStage stage, DeviceLease lease, LaneOrder lane, IStageListener listener)
    {
        _stage = stage;
        _definition = stage.Definition;
        _lane = lane;
        _listener = listener;
        _pools = lease.Pools;
        _host = new BlockHost(lease.Compute, _pools, lease.Thread, _definition.ReportsNonFiniteAtEnd, Clock.Recorder);
        // Several stages and the coordinator post here, so the inbox alone is not constrained to a single producer.
        var inboxOptions = new ExecutionDataflowBlockOptions { TaskScheduler = lease.Thread, MaxDegreeOfParallelism = 1, EnsureOrdered = true };
        _inbox = new ActionBlock<StageMail>(Handle, inboxOptions);
        var end = new ActionBlock<MicroBatchMessage>(Complete, _host.Options);
        _chain = new StageChain(_definition, _host, stage.Parameters.All, this, end);
        lane.Join(_definition.Index, this);
    }

    public StageClock Clock { get; } = new();

    public ICompute Compute => _host.Compute;

    public IReadOnlyList<DeviceTensor> Gradients => _chain.Gradients;

    /// <summary>Lets go of what the worker holds between passes; on its thread, at the end of its life.</summary>
    public void Release() => _chain.Release();

    /// <summary>Where the stage computes now and since when; for the watchdog.</summary>
    public (BlockPlace Place, long Since)? Current => _host.Current;

    /// <summary>Builds the worker on the thread it will live on.</summary>
    public static Task<StageWorker> StartAsync(PipelineStage stage, DeviceLease lease, LaneOrder lane, IStageListener listener) =>
        Task.Factory.StartNew(() => new StageWorker(stage, lease, lane, listener), CancellationToken.None, TaskCreationOptions.None, lease.Thread);

    /// <summary>Puts a message in the inbox; from any thread.</summary>
    public void Post(in StageMail mail) => _inbox.Post(mail);

    public void GradientsReady(Pass pass, GradientReport report)
    {
        if (pass == _pass && !_lane.IsStopped) FinishPass(pass, report);
    }

    public void Updated(Pass pass)
    {
        Clock.EndUpdate();
        _listener.Updated(_definition.Index, pass);
    }

    public void OptimizerFailed(Pass pass, BlockFault fault, bool duringUpdate) =>
        _listener.Failed(_definition.Index, pass, fault, duringUpdate);

    /// <summary>Another worker takes over: once this one's thread comes back it lets go of its own tensors and touches no other stage's. From any thread.</summary>
    public void Retire()
    {
        _retired = true;
        Post(new StageMail(StageMail.Kind.Call)
        {
            Call = static worker =>
            {
                worker._chain.Reset();
                worker.Release();
            },
        });
    }

    private void Handle(StageMail mail)
    {
        try
        {
            Dispatch(mail);
        }
        catch (Exception exception)
        {
            Report(mail.Pass, exception);
        }
    }

    private void Dispatch(in StageMail mail)
    {
        switch (mail.What)
        {
            case StageMail.Kind.Begin: Begin(mail.Pass!, mail.Orders!); break;
            case StageMail.Kind.Activation: Receive(_activations, mail); break;
            case StageMail.Kind.Gradient: Receive(_gradients, mail); break;
            case StageMail.Kind.Commit:
                Clock.StartUpdate();
                _chain.Optimizer.Target.Post(OptimizerMessage.Commit(mail.Pass!, mail.Decision));
                break;
            case StageMail.Kind.Abort: Stop(mail.Pass!); break;
            case StageMail.Kind.Drain: Drain(mail.Pass!); break;
            case StageMail.Kind.Reclaim:
                _pools.Reclaim();
                _listener.Acknowledged(_definition.Index, mail.Pass!, AbortPhase.Reclaimed);
                break;
            case StageMail.Kind.Call: mail.Call!(this); break;
        }
    }

    private void Begin(Pass pass, PassOrders orders)
    {
        _pass = pass;
        _recomputed = pass.IsTraining ? _definition.Recomputation.CountOf(pass.MicroBatches.Length) : 0;
        _left = pass.MicroBatches.Length * (pass.IsTraining ? ActionKindExtensions.Count : 1);
        SetAside(TransferBytes(pass, orders));
        _activations.Reset(pass.MicroBatches.Length);
        _gradients.Reset(pass.MicroBatches.Length);
        _chain.Optimizer.Reset();
        Clock.Begin(pass.RecordsTimeline, _left);
        _lane.Begin(pass, orders.Actions[_definition.Lane]);
    }

    /// <summary>Room for as many tensors in transit as the schedule can ever let wait, whatever the timing: what is counted is the same in every run.</summary>
    private long TransferBytes(Pass pass, PassOrders orders)
    {
        (int outputs, int gradients) = orders.InTransit(_definition.Index);
        long rows = pass.MicroBatches[0].Count, width = (long)outputs * _definition.Layers[^1].Outputs;
        if (_definition.NeedsInputGradient) width += (long)gradients * _definition.Layers[0].Inputs;
        return rows * width * Compute.ElementType.Size();
    }

    /// <summary>Counts that many bytes as set aside for transfers; also by whoever gives this worker up.</summary>
    public void SetAside(long bytes)
    {
        _stage.Account.SetAside(bytes - _setAside);
        _setAside = bytes;
    }

    private void Receive(StageSlots slots, in StageMail mail)
    {
        // What reaches a retired worker was reclaimed by its sender, who may have lent it again.
        if (_retired) return;
        if (mail.Pass != _pass || _lane.IsStopped)
        {
            mail.Value?.Release();
            return;
        }
        slots.Put(mail.MicroBatch, mail.Value);
        _lane.Advance();
    }

    /// <summary>Sends an action of the schedule into the chain.</summary>
    public void Admit(PipelineAction action)
    {
        Pass pass = _pass!;
        Clock.StartAction();
        bool isRecomputed = action.MicroBatch < _recomputed;
        if (action.Kind == ActionKind.Forward) AdmitForward(pass, action.MicroBatch, isRecomputed ? StashUse.Drop : StashUse.Keep);
        // Where no gradient comes in none is computed, so nothing is missed.
        else if (action.Kind == ActionKind.InputGradient && isRecomputed && _gradients.HasValue(action.MicroBatch)) AdmitForward(pass, action.MicroBatch, StashUse.Recompute);
        else AdmitBackward(pass, action.Kind, action.MicroBatch);
    }

    private void AdmitForward(Pass pass, int microBatch, StashUse stash)
    {
        DeviceTensor? input = _definition.IsFirst || stash == StashUse.Recompute ? null : _activations.Take(microBatch);
        _message.Start(pass, ActionKind.Forward, pass.MicroBatches[microBatch], input, stash);
        _chain.Admit(_message);
    }

    private void AdmitBackward(Pass pass, ActionKind action, int microBatch)
    {
        _message.Start(pass, action, pass.MicroBatches[microBatch], action == ActionKind.InputGradient ? _gradients.Take(microBatch) : null);
        _chain.Admit(_message);
    }

    /// <summary>The lane has come to an action of the stage whose input is not there.</summary>
    public void Wait() => Clock.Recorder.StartWait();

    /// <summary>Whether an action's input is there.</summary>
    public bool IsReady(PipelineAction action) => action.Kind switch
    {
        ActionKind.Forward => _definition.IsFirst || _activations.Has(action.MicroBatch),
        ActionKind.InputGradient => _gradients.Has(action.MicroBatch),
        _ => true,
    };

    /// <summary>An action has come out of the chain.</summary>
    private void Complete(MicroBatchMessage message)
    {
        if (GoesOnToBackward(message)) return;
        _lane.Leave();
        Clock.EndAction(message.Action, message.MicroBatch.Index);
        try
        {
            Settle(message);
        }
        catch (Exception exception)
        {
            Report(message.Pass, exception);
        }
        if (_lane.IsStopped) _listener.Acknowledged(_definition.Index, message.Pass, AbortPhase.Stopped);
    }

    /// <summary>Once its activations are back, an action B goes on to its own part.</summary>
    private bool GoesOnToBackward(MicroBatchMessage message)
    {
        if (message.Stash != StashUse.Recompute || message.Fault is not null || _lane.IsStopped) return false;
        Clock.EndRecomputation(message.MicroBatch.Index);
        AdmitBackward(message.Pass, ActionKind.InputGradient, message.MicroBatch.Index);
        return true;
    }

    private void Settle(MicroBatchMessage message)
    {
        DeviceTensor? value = message.Take();
        if (message.Fault is { } fault && !_lane.IsStopped) _listener.Failed(_definition.Index, message.Pass, fault, duringUpdate: false);
        if (message.Fault is not null || _lane.IsStopped)
        {
            value?.Release();
            return;
        }
        _listener.Progressed();
        Deliver(message.Pass, message.Action, message.MicroBatch.Index, value);
        if (--_left == 0) Finish(message.Pass);
        _lane.Advance();
    }

    /// <summary>The stage's own work threw, outside any block: a fault of the pass like another, for a thread or an inbox that dies would only hang.</summary>
    private void Report(Pass? pass, Exception exception)
    {
        if (pass is null) return;
        var place = new BlockPlace(-1, "hand-over", _message.Action, _message.MicroBatch.Index);
        _listener.Failed(_definition.Index, pass, new BlockFault(place, exception), duringUpdate: false);
    }

    private void Deliver(Pass pass, ActionKind action, int microBatch, DeviceTensor? value)
    {
        switch (action)
        {
            case ActionKind.Forward when _definition.IsLast:
                // The loss has turned the activation into the gradient that this stage's own backward action starts from.
                if (pass.IsTraining) _gradients.Put(microBatch, value);
                break;
            case ActionKind.Forward:
                value!.Depart();
                _stage.Next!.Post(new StageMail(StageMail.Kind.Activation) { Pass = pass, MicroBatch = microBatch, Value = value });
                break;
            case ActionKind.InputGradient when !_definition.IsFirst:
                value?.Depart();
                _stage.Previous!.Post(new StageMail(StageMail.Kind.Gradient) { Pass = pass, MicroBatch = microBatch, Value = value });
                break;
            default:
                value?.Release();
                break;
        }
    }

    private void Finish(Pass pass)
    {
        if (!pass.IsTraining)
        {
            FinishPass(pass, report: null);
            return;
        }
        Clock.StartReport();
        _chain.Optimizer.Target.Post(OptimizerMessage.Finish(pass));
    }

    private void FinishPass(Pass pass, GradientReport? report)
    {
        if (_definition.IsLast) _chain.ReadLosses(pass.LossSums);
        BlockFault? nonFinite = _host.SettleFinite();
        _chain.Reset();
        SetAside(0);
        Clock.EndReport();
        Clock.Recorder.StartWait();
        _listener.Finished(_definition.Index, pass, report, nonFinite);
    }

    private void Stop(Pass pass)
    {
        _lane.Stop(pass);
        if (pass != _pass || _lane.Active != this) _listener.Acknowledged(_definition.Index, pass, AbortPhase.Stopped);
    }

    private void Drain(Pass pass)
    {
        _activations.Clear();
        _gradients.Clear();
        _host.ForgetLooks();
        _chain.Reset();
        SetAside(0);
        _pass = null;
        _listener.Acknowledged(_definition.Index, pass, AbortPhase.Drained);
    }
}
