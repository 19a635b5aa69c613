using System.Collections.Concurrent;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Stages;

/// <summary>
/// The executor of a stage: one thread that runs the tasks of the stage's blocks in the order they were queued. It spins for some microseconds
/// before it sleeps, because the next message is usually close. Queueing is thread-safe.
/// </summary>
internal sealed class StageThread : TaskScheduler, IDisposable
{
    private readonly ConcurrentQueue<Task> _queue = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly Action? _onExit;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sleeping; // 1 while the thread is about to sleep or asleep
    private volatile bool _stopping;

    public StageThread(string name, Action? onExit = null)
    {
        _onExit = onExit;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Completes when the thread has run its last task and closed what it held; never with a fault.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Lets the thread run out of work and end; does not wait for it.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
    }

    protected override void QueueTask(Task task)
    {
        _queue.Enqueue(task);
        if (Volatile.Read(ref _sleeping) == 1 && Interlocked.Exchange(ref _sleeping, 0) == 1) _wake.Set();
    }

    // Never inline: a stage's work runs on its own thread, in order.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _queue];

    private void Run()
    {
        while (true)
        {
            // Read before the queue is found empty: what was queued before the thread was told to stop must still run.
            bool stopping = _stopping;
            if (_queue.TryDequeue(out Task? task) || SpinForWork(out task)) TryExecuteTask(task!);
            else if (stopping) break;
            else Sleep();
        }
        try { _onExit?.Invoke(); }
        catch (Exception exception)
        {
            // A device that fails as it closes must not take the process down; nobody is left to be told but the trace.
            System.Diagnostics.Trace.TraceError($"{_thread.Name} did not close cleanly: {exception}");
        }
        _ended.SetResult();
    }

    private bool SpinForWork(out Task? task)
    {
        var idle = new IdleSpin();
        do
        {
            if (_queue.TryDequeue(out task)) return true;
        }
        while (idle.Once());
        return false;
    }

    private void Sleep()
    {
        Interlocked.Exchange(ref _sleeping, 1);
        // Whoever queued before the flag was up did not wake us.
        if (!_queue.IsEmpty && Interlocked.Exchange(ref _sleeping, 0) == 1) return;
        _wake.WaitOne();
    }
}
