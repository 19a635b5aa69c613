using System.Collections.Concurrent;
using PipelineBackprop.Stages;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

public sealed class StageThreadTests
{
    [Fact]
    public async Task Tasks_run_on_one_thread_in_the_order_they_were_queued()
    {
        using var thread = new StageThread("order");
        var order = new List<int>();
        var threads = new ConcurrentDictionary<int, bool>();
        Task[] tasks =
        [
            .. Enumerable.Range(0, 1000).Select(index => Start(thread, () =>
            {
                order.Add(index);
                threads[Environment.CurrentManagedThreadId] = true;
            })),
        ];
        await Task.WhenAll(tasks);

        Assert.Equal(Enumerable.Range(0, 1000), order);
        Assert.Single(threads);
        Assert.False(threads.ContainsKey(Environment.CurrentManagedThreadId));
    }

    [Fact]
    public async Task What_was_queued_before_the_stop_still_runs_however_the_stop_falls()
    {
        for (int round = 0; round < 400; round++)
        {
            var thread = new StageThread("stop");
            await Start(thread, () => { });
            // Around the moment at which the thread gives up waiting for more.
            long until = System.Diagnostics.Stopwatch.GetTimestamp() + System.Diagnostics.Stopwatch.Frequency / 1_000_000 * (round % 40 * 10);
            while (System.Diagnostics.Stopwatch.GetTimestamp() < until) Thread.SpinWait(1);
            Task last = Start(thread, () => { });
            thread.Dispose();
            await last.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task No_task_is_left_asleep_however_the_queueing_falls()
    {
        const int Threads = 4, PerThread = 25_000;
        using var thread = new StageThread("stress");
        var last = new int[Threads];
        Array.Fill(last, -1);
        int outOfOrder = 0, ran = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread[] producers =
        [
            .. Enumerable.Range(0, Threads).Select(producer => new Thread(() =>
            {
                for (int index = 0; index < PerThread; index++)
                {
                    int own = index;
                    _ = Start(thread, () =>
                    {
                        if (last[producer] != own - 1) outOfOrder++;
                        last[producer] = own;
                        if (++ran == Threads * PerThread) all.SetResult();
                    });
                    // Pauses about as long as the thread spins before it sleeps, so that wake-ups fall on every moment of falling asleep.
                    if (index % 64 == producer) Thread.SpinWait(index % 4096);
                }
            })),
        ];
        foreach (Thread producer in producers) producer.Start();
        foreach (Thread producer in producers) producer.Join();
        await all.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal((0, Threads * PerThread), (outOfOrder, ran));
    }

    [Fact]
    public async Task A_sleeping_thread_wakes_for_a_single_task()
    {
        using var thread = new StageThread("ping");
        for (int round = 0; round < 2000; round++)
        {
            int answer = 0;
            await Start(thread, () => answer = round + 1).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Equal(round + 1, answer);
            Thread.SpinWait(round * 3 % 3000);
        }
    }

    [Fact]
    public async Task Disposal_runs_out_of_work_and_ends_the_thread()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gate = new ManualResetEventSlim();
        Thread? own = null;
        int ran = 0;
        var thread = new StageThread("end", ended.SetResult);
        _ = Start(thread, () =>
        {
            own = Thread.CurrentThread;
            gate.Wait(TestContext.Current.CancellationToken);
        });
        for (int i = 0; i < 10; i++) _ = Start(thread, () => ran++);
        thread.Dispose();
        gate.Set();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(10, ran);
        Assert.True(own!.Join(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_sleeping_thread_ends_when_disposed()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new StageThread("sleeper", ended.SetResult);
        await Start(thread, () => { });
        Thread.SpinWait(100_000);
        thread.Dispose();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_device_that_fails_as_it_closes_does_not_take_the_process_down()
    {
        Thread? own = null;
        var thread = new StageThread("failing", () =>
        {
            own = Thread.CurrentThread;
            throw new InvalidOperationException("the device is gone");
        });
        thread.Dispose();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref own) is { IsAlive: false }, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_caller_who_took_the_thread_runs_its_tasks_himself()
    {
        using var thread = new StageThread("taken");
        for (int round = 0; round < 500; round++)
        {
            // A round begins while the own thread is awake, falling asleep, or asleep.
            Thread.SpinWait(round * 37 % 6000);
            if (!thread.TryTake()) continue;
            Assert.False(thread.TryTake());
            int caller = Environment.CurrentManagedThreadId, sum = 0;
            Task[] tasks = [.. Enumerable.Range(0, 20).Select(index => Start(thread, () => sum = Environment.CurrentManagedThreadId == caller ? sum * 3 + index : -1))];
            thread.RunHere(tasks[^1], TimeSpan.FromSeconds(30));
            Assert.True(tasks[^1].IsCompleted);
            Assert.Equal(Enumerable.Range(0, 20).Aggregate((total, index) => total * 3 + index), sum);
            // What follows is the own thread's again.
            await Start(thread, () => sum = Environment.CurrentManagedThreadId == caller ? 1 : -1).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Equal(-1, sum);
        }
    }

    [Fact]
    public async Task A_caller_whose_time_is_up_leaves_the_rest_to_the_thread()
    {
        using var thread = new StageThread("limit");
        await Start(thread, () => { });
        SpinWait.SpinUntil(thread.TryTake);
        // Long enough for the own thread to fall asleep: it has to be woken for what is left.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (clock.Elapsed < 50 * PipelineBackprop.Compute.Threading.IdleSpin.Limit) Thread.SpinWait(10);
        var threads = new List<int>();
        Task[] tasks =
        [
            .. Enumerable.Range(0, 200).Select(_ => Start(thread, () =>
            {
                threads.Add(Environment.CurrentManagedThreadId);
                Thread.SpinWait(10_000); // far longer than the limit
            })),
        ];
        thread.RunHere(new TaskCompletionSource().Task, TimeSpan.FromMicroseconds(20));
        int caller = Environment.CurrentManagedThreadId;
        await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.InRange(threads.Count(id => id == caller), 0, StageThread.TasksPerLook);
        Assert.Equal(200, threads.Count);
    }

    [Fact]
    public async Task Callers_and_the_thread_never_run_tasks_together_and_leave_none()
    {
        const int Callers = 3, Rounds = 3000;
        using var thread = new StageThread("together");
        int inside = 0, together = 0, ran = 0, taken = 0;
        Thread[] callers =
        [
            .. Enumerable.Range(0, Callers).Select(caller => new Thread(() =>
            {
                for (int round = 0; round < Rounds; round++)
                {
                    bool took = thread.TryTake();
                    Task last = Task.CompletedTask;
                    for (int i = 0; i <= round % 4; i++) last = Start(thread, Work);
                    if (took)
                    {
                        Interlocked.Increment(ref taken);
                        // Sometimes it gives back at once.
                        thread.RunHere(last, round % 5 == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(30));
                    }
                    Thread.SpinWait((round + caller * 100) % 700);
                    if (round % 100 == 0) last.Wait(TimeSpan.FromSeconds(30));
                }
            })),
        ];
        foreach (Thread caller in callers) caller.Start();
        foreach (Thread caller in callers) caller.Join();
        await Start(thread, () => { }).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal((0, Callers * Rounds * 10 / 4), (together, ran));
        Assert.True(taken > 0);

        void Work()
        {
            if (Interlocked.Increment(ref inside) != 1) together++;
            ran++;
            Thread.SpinWait(20);
            Interlocked.Decrement(ref inside);
        }
    }

    [Fact]
    public async Task A_thread_that_is_taken_does_not_close_what_it_holds()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isTaken = true, closedWhileTaken = false;
        var thread = new StageThread("closing", () =>
        {
            closedWhileTaken = Volatile.Read(ref isTaken);
            ended.SetResult();
        });
        SpinWait.SpinUntil(thread.TryTake);
        thread.Dispose();
        // Longer than the thread stays awake.
        Thread.SpinWait(200_000);
        Task task = Start(thread, () => Thread.SpinWait(10_000));
        Volatile.Write(ref isTaken, false);
        thread.RunHere(task, TimeSpan.FromSeconds(30));
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.False(closedWhileTaken);
    }

    [Fact]
    public async Task A_thread_that_waits_helps_others_until_it_is_called()
    {
        using var thread = new StageThread("help");
        int helped = 0;
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Start(thread, () => thread.WhenIdle = () =>
        {
            began.TrySetResult();
            while (!thread.IsCalled) Interlocked.Increment(ref helped); // never leaves by itself
            return true;
        });
        await began.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        for (int round = 0; round < 1000; round++)
        {
            await Start(thread, () => { }).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Thread.SpinWait(round);
        }
        Assert.True(helped > 0);
        thread.Dispose();
        await thread.Ended.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static Task Start(StageThread thread, Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, thread);
}
