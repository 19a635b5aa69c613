using System.Collections.Concurrent;
using System.Diagnostics;
using PipelineBackprop.Blocks;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Diagnostics;

namespace PipelineBackprop.Stages;

/// <summary>
/// The executor of a stage: one thread that handles the messages of the stage's blocks, and runs tasks, in the order they were queued. It spins for some microseconds
/// before it sleeps, because the next message is usually close. A caller that waits for the stage may run its tasks itself for a while
/// (<see cref="RunHere"/>): never two threads at a time. Queueing is thread-safe.
/// </summary>
internal sealed class StageThread : TaskScheduler, IBlockThread, IDisposable
{
    /// <summary>How many tasks a caller runs between two looks at the clock, which take as long as a short task's way through the queue.</summary>
    internal const int TasksPerLook = 8;

    private readonly ConcurrentQueue<object> _queue = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly Action? _onExit;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sleeping; // 1 while the thread is about to sleep or asleep
    private int _taken;    // 1 while a thread runs tasks
    private volatile bool _stopping;

    public StageThread(string name, Action? onExit = null)
    {
        _onExit = onExit;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>
    /// What the thread does while it waits, again and again, before it sleeps; false says that there was nothing to do. It must return soon once
    /// <see cref="IsCalled"/>. Set on the thread itself.
    /// </summary>
    public Func<bool>? WhenIdle { get; set; }

    /// <summary>Notes down when <see cref="WhenIdle"/> found something to do; null for nobody. Set on the thread itself.</summary>
    public StageRecorder? Recorder { get; set; }

    /// <summary>Whether tasks wait or the thread is to end.</summary>
    public bool IsCalled => !_queue.IsEmpty || _stopping;

    /// <summary>Completes when the thread has run its last task and closed what it held; never with a fault.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Lets the thread run out of work and end; does not wait for it.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
    }

    /// <inheritdoc/>
    public void Queue(IBlockWork work) => Enqueue(work);

    protected override void QueueTask(Task task) => Enqueue(task);

    private void Enqueue(object work)
    {
        _queue.Enqueue(work);
        // Whoever runs tasks looks at the queue once more after stopping.
        if (Volatile.Read(ref _taken) == 0) Wake();
    }

    // Never inline: a stage's work runs in order.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _queue.OfType<Task>()];

    /// <summary>
    /// Keeps the stage's own thread from running tasks, so that the caller may; false while it is running some. What is queued from here on waits for
    /// <see cref="RunHere"/>, which must follow.
    /// </summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _taken, 1, 0) == 0;

    /// <summary>
    /// Runs the stage's tasks on the calling thread, which took it, until another task is complete, but begins fewer than <see cref="TasksPerLook"/> after
    /// <paramref name="limit"/>. What is left is the own thread's.
    /// </summary>
    public void RunHere(Task until, TimeSpan limit)
    {
        long started = Stopwatch.GetTimestamp();
        for (int turn = 1; !until.IsCompleted; turn++)
        {
            if (_queue.TryDequeue(out object? work)) Do(work);
            else Thread.SpinWait(1);
            if (turn % TasksPerLook == 0 && Stopwatch.GetElapsedTime(started) > limit) break;
        }
        Leave();
        if (!_queue.IsEmpty) Wake();
    }

    private void Do(object work)
    {
        if (work is Task task) TryExecuteTask(task);
        else ((IBlockWork)work).Run();
    }

    private void Run()
    {
        while (true)
        {
            // Read before the queue is found empty: what was queued before the thread was told to stop must still run.
            bool stopping = _stopping;
            if (TryRunTasks() || SpinForTasks()) continue;
            if (!stopping) Sleep();
            else if (_queue.IsEmpty && TryTake()) break;
        }
        try { _onExit?.Invoke(); }
        catch (Exception exception)
        {
            // A device that fails as it closes must not take the process down; nobody is left to be told but the trace.
            Trace.TraceError($"{_thread.Name} did not close cleanly: {exception}");
        }
        _ended.SetResult();
    }

    private bool TryRunTasks()
    {
        if (_queue.IsEmpty || !TryTake()) return false;
        while (_queue.TryDequeue(out object? work)) Do(work);
        Leave();
        return true;
    }

    private bool SpinForTasks()
    {
        var idle = new IdleSpin();
        do
        {
            if (TryRunTasks()) return true;
            if (TryHelp()) idle = new IdleSpin();
        }
        while (idle.Once() && !_stopping);
        return false;
    }

    private bool TryHelp()
    {
        if (WhenIdle is not { } help) return false;
        long started = Recorder?.Start() ?? 0;
        if (!help()) return false;
        Recorder?.EndHelp(started);
        return true;
    }

    // A full fence, so that what is queued by somebody who still sees the mark is seen by the look at the queue that follows.
    private void Leave() => Interlocked.Exchange(ref _taken, 0);

    private void Wake()
    {
        if (Volatile.Read(ref _sleeping) == 1 && Interlocked.Exchange(ref _sleeping, 0) == 1) _wake.Set();
    }

    private void Sleep()
    {
        Interlocked.Exchange(ref _sleeping, 1);
        // Whoever queued before the flag was up did not wake us.
        if (!_queue.IsEmpty && Volatile.Read(ref _taken) == 0 && Interlocked.Exchange(ref _sleeping, 0) == 1) return;
        _wake.WaitOne();
    }
}
