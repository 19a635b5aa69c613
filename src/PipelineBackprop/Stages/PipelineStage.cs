using PipelineBackprop.Blocks;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>
/// A stage: consecutive layers with their parameters on one device, and the worker that computes them. The stage outlives its worker: one that is
/// lost in a stalled layer is replaced where the device allows it. Thread-safe where not said otherwise.
/// </summary>
internal sealed class PipelineStage(StageDefinition definition, OpenDevices devices, IStageListener listener)
{
    private readonly LedgerAccount _account = definition.Ledger.Open($"stage {definition.Index}");
    private readonly List<StagePools> _abandoned = []; // of workers that were given up, until no other stage holds anything of theirs
    private StageWorker? _worker;
    private DeviceLease? _lease;
    private Task _closed = Task.CompletedTask; // of the device opened last

    public StageDefinition Definition { get; } = definition;

    public PipelineStage? Previous { get; set; }

    public PipelineStage? Next { get; set; }

    public LedgerAccount Account => _account;

    /// <summary>Set by <see cref="StartAsync"/>.</summary>
    public StageParameters Parameters { get; private set; } = null!;

    /// <inheritdoc cref="StageWorker.TimesOf"/>
    public StageTimes TimesOf(int seat) => Worker.TimesOf(seat);

    /// <inheritdoc cref="StageWorker.ReadTimeline"/>
    public TimelineEvent[] ReadTimeline(int seat, long zero) => Worker.ReadTimeline(seat, zero);

    /// <inheritdoc cref="StageWorker.CurrentOf"/>
    public (BlockPlace Place, long Since)? CurrentOf(int seat) => Worker.CurrentOf(seat);

    /// <summary>Whether the worker can be given up while it is lost in a layer.</summary>
    public bool CanReplaceWorker => Definition.Device.BuffersOutliveCompute;

    private StageWorker Worker => Volatile.Read(ref _worker) ?? throw new InvalidOperationException("The stage has not been started.");

    public void Post(in StageMail mail) => Worker.Post(mail);

    /// <summary>The thread of the stage's worker.</summary>
    public StageThread Thread => _lease!.Thread;

    /// <summary>Opens the device, takes the parameters' memory, draws their first values, links the blocks.</summary>
    public async Task StartAsync(LaneOrder order)
    {
        DeviceLease lease = await devices.OpenAsync(Definition, _account).ConfigureAwait(false);
        _closed = lease.Closed;
        try
        {
            Parameters = await Task.Factory.StartNew(
                () => StageParameters.Create(Definition, lease.Compute, _account), CancellationToken.None, TaskCreationOptions.None, lease.Thread).ConfigureAwait(false);
            await AttachAsync(lease, order).ConfigureAwait(false);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Gives up a worker whose thread does not come back. What the lost thread holds is struck from the ledger and freed when the thread returns.</summary>
    public void AbandonWorker()
    {
        Parameters.Join();
        Worker.SetAside(0);
        _lease!.Pools.Abandon();
        _abandoned.Add(_lease.Pools);
        _lease.Scratch.Strike();
        Worker.Retire();
        _lease.Dispose();
    }

    /// <summary>No stage holds anything any more of what workers lent that were given up, unless the lost thread does.</summary>
    public void LeaveAbandoned()
    {
        foreach (StagePools pools in _abandoned) pools.Leave();
        _abandoned.Clear();
    }

    /// <summary>Starts another worker on the same parameters, once all of the lane are abandoned.</summary>
    public async Task RestartAsync(LaneOrder order) =>
        await AttachAsync(await devices.OpenAsync(Definition, _account).ConfigureAwait(false), order).ConfigureAwait(false);

    /// <summary>Runs a function on the stage's thread, behind everything posted before.</summary>
    public Task<T> CallAsync<T>(Func<StageWorker, T> function)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new StageMail(StageMail.Kind.Call)
        {
            Call = worker =>
            {
                try { completion.SetResult(function(worker)); }
                catch (Exception exception) { completion.SetException(exception); }
            },
        });
        return completion.Task;
    }

    /// <summary>
    /// Frees the parameters, on the stage's thread, and gives the device back; pools and device close as the thread ends, see <see cref="ClosedAsync"/>. A
    /// thread lost in an action is waited for no longer than <paramref name="patience"/>, and one that was given up before not at all: it frees what it holds, and the
    /// parameters if it is the last that may look at them, when it comes back.
    /// </summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (_worker is null) return;
        Task freed = CallAsync(worker =>
        {
            try { worker.Release(); }
            finally { Parameters.Leave(); }
            return true;
        });
        _lease!.Dispose();
        await freed.WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (freed.IsCompleted) await freed.ConfigureAwait(false);
        else _closed = Task.CompletedTask;
    }

    /// <summary>
    /// Waits until the device is closed, once every stage has given it back: a driver must not be in use any more when the process ends. A device that takes
    /// longer than <paramref name="patience"/>, or whose thread was lost before, is left behind.
    /// </summary>
    public async Task ClosedAsync(TimeSpan patience) => await _closed.WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task AttachAsync(DeviceLease lease, LaneOrder order)
    {
        StageWorker worker = await StageWorker.StartAsync(this, lease, order, listener).ConfigureAwait(false);
        _lease = lease;
        _closed = lease.Closed;
        Volatile.Write(ref _worker, worker);
    }
}
