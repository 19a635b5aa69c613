using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>
/// A stage: consecutive layers with their parameters on one device, and the worker that computes them. The stage outlives its worker: one that is
/// lost in a stalled layer is replaced where the device allows it. Thread-safe where not said otherwise.
/// </summary>
internal sealed class PipelineStage(StageDefinition definition, IStageListener listener)
{
    private readonly LedgerAccount _account = definition.Ledger.Open($"stage {definition.Index}");
    private StageThread? _thread;
    private StageWorker? _worker;
    private StagePools? _pools;

    public StageDefinition Definition { get; } = definition;

    public PipelineStage? Previous { get; set; }

    public PipelineStage? Next { get; set; }

    public LedgerAccount Account => _account;

    /// <summary>Set by <see cref="StartAsync"/>.</summary>
    public StageParameters Parameters { get; private set; } = null!;

    public StageClock Clock => Worker.Clock;

    public (BlockPlace Place, long Since)? Current => Worker.Current;

    public PipelineAction? Awaited => Worker.Awaited;

    /// <summary>Whether the worker can be given up while it is lost in a layer.</summary>
    public bool CanReplaceWorker => Definition.Device.BuffersOutliveCompute;

    private StageWorker Worker => Volatile.Read(ref _worker) ?? throw new InvalidOperationException("The stage has not been started.");

    public void Post(in StageMail mail) => Worker.Post(mail);

    /// <summary>Opens the device, takes the parameters' memory, draws their first values, links the blocks.</summary>
    public async Task StartAsync()
    {
        (StageThread thread, ICompute compute, StagePools pools) = await OpenAsync().ConfigureAwait(false);
        try
        {
            Parameters = await Task.Factory.StartNew(
                () => StageParameters.Create(Definition, compute, _account), CancellationToken.None, TaskCreationOptions.None, thread).ConfigureAwait(false);
            await AttachAsync(thread, compute, pools).ConfigureAwait(false);
        }
        catch
        {
            thread.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Gives up a worker whose thread does not come back and starts another on the same parameters. What the lost thread holds is struck from the
    /// ledger and freed when the thread returns.
    /// </summary>
    public async Task ReplaceWorkerAsync()
    {
        Worker.SetAside(0);
        _pools!.Abandon();
        Worker.Retire();
        _thread!.Dispose();
        (StageThread thread, ICompute compute, StagePools pools) = await OpenAsync().ConfigureAwait(false);
        await AttachAsync(thread, compute, pools).ConfigureAwait(false);
    }

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
    /// Frees the parameters, on the stage's thread, and ends it; the pool and the device close as the thread ends. A thread lost in an action is
    /// waited for no longer than <paramref name="patience"/>, and frees what it holds when it comes back.
    /// </summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (_worker is null) return;
        Task freed = CallAsync(worker =>
        {
            worker.Release();
            Parameters.Dispose();
            return true;
        });
        _thread!.Dispose();
        if (await Task.WhenAny(freed, Task.Delay(patience)).ConfigureAwait(false) == freed) await freed.ConfigureAwait(false);
    }

    private async Task<(StageThread, ICompute, StagePools)> OpenAsync()
    {
        ICompute? compute = null;
        StagePools? pools = null;
        var thread = new StageThread($"stage {Definition.Index} on {Definition.Device.Name}", () =>
        {
            pools?.Dispose();
            compute?.Dispose();
        });
        try
        {
            await Task.Factory.StartNew(
                () =>
                {
                    compute = Definition.Device.Open(Definition.ComputeOptions);
                    pools = new StagePools(compute, _account);
                },
                CancellationToken.None, TaskCreationOptions.None, thread).ConfigureAwait(false);
        }
        catch
        {
            thread.Dispose();
            throw;
        }
        return (thread, compute!, pools!);
    }

    private async Task AttachAsync(StageThread thread, ICompute compute, StagePools pools)
    {
        StageWorker worker = await StageWorker.StartAsync(this, compute, pools, thread, listener).ConfigureAwait(false);
        _thread = thread;
        _pools = pools;
        Volatile.Write(ref _worker, worker);
    }
}
