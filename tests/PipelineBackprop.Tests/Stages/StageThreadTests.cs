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

    private static Task Start(StageThread thread, Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, thread);
}
