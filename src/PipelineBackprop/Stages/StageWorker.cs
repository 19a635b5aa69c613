using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Diagnostics;
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
    private readonly LaneOrder _lane;
    private readonly StageSeat[] _seats;
    private readonly DeviceLease _lease;
    private readonly Func<bool> _isCalled;

    private volatile bool _retired; // another worker has taken over
    private bool _released;
    private long _setAside;         // bytes for tensors in transit

    private StageWorker(PipelineStage stage, DeviceLease lease, LaneOrder lane, IStageListener listener)
    {
        _stage = stage;
        _definition = stage.Definition;
        _lane = lane;
        _listener = listener;
        _lease = lease;
        _isCalled = () => lease.Thread.IsCalled;
        // Several stages and the coordinator post here, so the inbox alone is not constrained to a single producer.
        var inboxOptions = new ExecutionDataflowBlockOptions { TaskScheduler = lease.Thread, MaxDegreeOfParallelism = 1, EnsureOrdered = true };
        _inbox = new ActionBlock<StageMail>(Handle, inboxOptions);
        _seats = [.. Enumerable.Range(0, _definition.WeightVersions).Select(seat => new StageSeat(_definition, lease, stage.Parameters, seat, this, Complete))];
        lane.Join(_definition.Index, this);
    }

    public ICompute Compute => _lease.Compute;

    /// <summary>The times of the last pass on a seat.</summary>
    public StageTimes TimesOf(int seat) => _seats[seat].Clock.Times;

    /// <summary>What was recorded of the last pass on a seat; times in seconds from <paramref name="zero"/>.</summary>
    public TimelineEvent[] ReadTimeline(int seat, long zero) => _seats[seat].Clock.Recorder.Read(zero);

    /// <summary>The gradient sums of the last pass on a seat, one a parameter in layer order.</summary>
    public IReadOnlyList<DeviceTensor> GradientsOf(int seat) => _seats[seat].Chain.Gradients;

    /// <summary>Lets go of what the worker holds between passes; on its thread, at the end of its life.</summary>
    public void Release()
    {
        // A worker that was retired has let go of it already.
        if (_released) return;
        _released = true;
        foreach (StageSeat seat in _seats) seat.Chain.Release();
    }

    /// <summary>Where the stage computes for the pass on a seat and since when, or null; for the watchdog.</summary>
    public (BlockPlace Place, long Since)? CurrentOf(int seat) => _seats[seat].Current;

    /// <summary>Builds the worker on the thread it will live on.</summary>
    public static Task<StageWorker> StartAsync(PipelineStage stage, DeviceLease lease, LaneOrder lane, IStageListener listener) =>
        Task.Factory.StartNew(() => new StageWorker(stage, lease, lane, listener), CancellationToken.None, TaskCreationOptions.None, lease.Thread);

    /// <summary>Puts a message in the inbox; from any thread.</summary>
    public void Post(in StageMail mail) => _inbox.Post(mail);

    public void GradientsReady(Pass pass, GradientReport report)
    {
        if (pass == _seats[pass.Seat].Pass && !_lane.IsStopped) FinishPass(pass, report);
    }

    public void Updated(Pass pass)
    {
        _seats[pass.Seat].Clock.EndUpdate();
        _lease.Scratch.Count();
        Compute.Flush();
        _stage.Parameters.Advance();
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
                try
                {
                    foreach (StageSeat seat in worker._seats) seat.Chain.Reset();
                    worker.Release();
                }
                finally
                {
                    worker._stage.Parameters.Leave();
                }
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
            case StageMail.Kind.Activation: Receive(_seats[mail.Pass!.Seat], _seats[mail.Pass.Seat].Activations, mail); break;
            case StageMail.Kind.Gradient: Receive(_seats[mail.Pass!.Seat], _seats[mail.Pass.Seat].Gradients, mail); break;
            case StageMail.Kind.Commit:
                StageSeat committed = _seats[mail.Pass!.Seat];
                committed.Clock.StartUpdate();
                committed.Chain.Optimizer.Target.Post(OptimizerMessage.Commit(mail.Pass, mail.Decision));
                break;
            case StageMail.Kind.Abort: Stop(mail.Pass!); break;
            case StageMail.Kind.Drain: Drain(mail.Pass!); break;
            case StageMail.Kind.Reclaim:
                _lease.Pools.Reclaim();
                _listener.Acknowledged(_definition.Index, mail.Pass!, AbortPhase.Reclaimed);
                break;
            case StageMail.Kind.Call: mail.Call!(this); break;
        }
    }

    private void Begin(Pass pass, PassOrders orders)
    {
        // What a pass that is still under way may need stays.
        long bytes = TransferBytes(pass, orders);
        SetAside(IsIdle ? bytes : Math.Max(bytes, _setAside));
        _seats[pass.Seat].Begin(pass);
        _lane.Begin(pass, orders.Actions[_definition.Lane]);
    }

    /// <summary>Room for as many tensors in transit as the schedule can ever let wait, whatever the timing: what is counted is the same in every run.</summary>
    private long TransferBytes(Pass pass, PassOrders orders)
    {
        (int outputs, int gradients) = orders.InTransit(_definition.Index);
        long rows = pass.MicroBatches[0].Count, width = (long)outputs * _definition.Layers[^1].Outputs;
        if (_definition.NeedsInputGradient) width += (long)gradients * _definition.Layers[0].Inputs;
        return rows * width * Compute.ElementType.Size() * (pass.Direction is null ? 1 : 2);
    }

    /// <summary>Counts that many bytes as set aside for transfers; also by whoever gives this worker up.</summary>
    public void SetAside(long bytes)
    {
        _stage.Account.SetAside(bytes - _setAside);
        _setAside = bytes;
    }

    private bool IsIdle => Array.TrueForAll(_seats, seat => seat.Pass is null);

    private void Receive(StageSeat seat, StageSlots slots, in StageMail mail)
    {
        // What reaches a retired worker was reclaimed by its sender, who may have lent it again.
        if (_retired) return;
        if (mail.Pass != seat.Pass || _lane.IsStopped)
        {
            mail.Carried.Release();
            return;
        }
        slots.Put(mail.MicroBatch, mail.Carried);
        _lane.Advance();
    }

    /// <summary>The lane has come to an action of the stage whose input is not there.</summary>
    public void Wait(Pass pass)
    {
        Compute.Flush();
        StartWait(_seats[pass.Seat]);
    }

    /// <summary>Does what the stage can do before its inputs are there, until something arrives; nothing the second time.</summary>
    public void Prepare(Pass pass) => _seats[pass.Seat].Chain.Prepare(_isCalled);

    /// <summary>Whether an action's input is there.</summary>
    public bool IsReady(Pass pass, PipelineAction action) => _seats[pass.Seat].IsReady(action);

    /// <summary>Sends an action of the schedule into the chain.</summary>
    public void Admit(Pass pass, PipelineAction action) => _seats[pass.Seat].Admit(action);

    /// <summary>An action has come out of the chain.</summary>
    private void Complete(MicroBatchMessage message)
    {
        if (!_lane.IsStopped && _seats[message.Pass.Seat].GoesOnToBackward(message)) return;
        _lane.Leave();
        _seats[message.Pass.Seat].Clock.EndAction(message.Action, message.MicroBatch.Index);
        try
        {
            // Which of its stages' actions a device runs next may be a matter of timing: what is started together is then one action.
            if (_definition.StageCount > 1) Compute.Flush();
            Settle(message);
        }
        catch (Exception exception)
        {
            Report(message.Pass, exception);
        }
        if (_lane.IsStopped) _listener.Acknowledged(_definition.Index, message.Pass, AbortPhase.Stopped);
    }

    private void Settle(MicroBatchMessage message)
    {
        Dual carried = message.Take();
        if (message.Fault is { } fault && !_lane.IsStopped) _listener.Failed(_definition.Index, message.Pass, fault, duringUpdate: false);
        if (message.Fault is not null || _lane.IsStopped)
        {
            carried.Release();
            return;
        }
        _listener.Progressed();
        Deliver(message.Pass, message.Action, message.MicroBatch.Index, carried);
        if (_seats[message.Pass.Seat].EndAction()) Finish(message.Pass);
        _lane.Advance();
    }

    /// <summary>The stage's own work threw, outside any block: a fault of the pass like another, for a thread or an inbox that dies would only hang.</summary>
    private void Report(Pass? pass, Exception exception)
    {
        if (pass is null) return;
        (ActionKind action, int microBatch) = _seats[pass.Seat].Last;
        var place = new BlockPlace(-1, "hand-over", action, microBatch);
        _listener.Failed(_definition.Index, pass, new BlockFault(place, exception), duringUpdate: false);
    }

    private void Deliver(Pass pass, ActionKind action, int microBatch, Dual carried)
    {
        switch (action)
        {
            case ActionKind.Forward when _definition.IsLast:
                // The loss has turned the activation into the gradient that this stage's own backward action starts from.
                if (pass.IsTraining) _seats[pass.Seat].Gradients.Put(microBatch, carried);
                break;
            case ActionKind.Forward:
                carried.Depart();
                _stage.Next!.Post(new StageMail(StageMail.Kind.Activation) { Pass = pass, MicroBatch = microBatch, Carried = carried });
                break;
            case ActionKind.InputGradient when !_definition.IsFirst:
                carried.Depart();
                _stage.Previous!.Post(new StageMail(StageMail.Kind.Gradient) { Pass = pass, MicroBatch = microBatch, Carried = carried });
                break;
            default:
                carried.Release();
                break;
        }
    }

    private void Finish(Pass pass)
    {
        StageSeat seat = _seats[pass.Seat];
        if (!pass.IsTraining)
        {
            FinishPass(pass, report: null);
            return;
        }
        seat.Clock.StartReport();
        seat.Chain.Optimizer.Target.Post(OptimizerMessage.Finish(pass));
    }

    private void FinishPass(Pass pass, GradientReport? report)
    {
        StageSeat seat = _seats[pass.Seat];
        BlockFault? nonFinite = seat.End();
        if (IsIdle) SetAside(0);
        Compute.Flush();
        _lease.Scratch.Count();
        seat.Clock.EndReport();
        StartWait(seat);
        _listener.Finished(_definition.Index, pass, report, nonFinite);
    }

    private void StartWait(StageSeat seat)
    {
        seat.Clock.Recorder.StartWait();
        _lease.Thread.Recorder = seat.Clock.Recorder;
    }

    private void Stop(Pass pass)
    {
        _lane.Stop();
        if (_lane.Active != this) _listener.Acknowledged(_definition.Index, pass, AbortPhase.Stopped);
    }

    private void Drain(Pass pass)
    {
        foreach (StageSeat seat in _seats) seat.Drain();
        _lane.Clear();
        SetAside(0);
        _lease.Scratch.Count();
        _listener.Acknowledged(_definition.Index, pass, AbortPhase.Drained);
    }
}
