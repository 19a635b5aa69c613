using System.Diagnostics;
using PipelineBackprop.Compute.Threading;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Threading;

/// <summary>Threads that help with each other's jobs.</summary>
public sealed unsafe class JobExchangeTests
{
    [Fact]
    public void TryHelp_DoorThatIsClosed_IsNotEntered()
    {
        var exchange = new JobExchange();
        OpenJob own = exchange.Join(), other = exchange.Join();
        using var guest = new Guest(64) { IsCalled = () => false };
        var job = new CountJob();

        Assert.False(exchange.TryHelp(own, guest));
        other.Open(ref job);
        Assert.True(exchange.TryHelp(own, guest));
        other.Close();
        Assert.False(exchange.TryHelp(own, guest));
        Assert.Equal(1, job.Entries);
    }

    [Fact]
    public void TryHelp_OwnDoorOrOneThatWasTakenAway_IsNotEntered()
    {
        var exchange = new JobExchange();
        OpenJob own = exchange.Join(), gone = exchange.Join();
        using var guest = new Guest(64) { IsCalled = () => false };
        var job = new CountJob();
        exchange.Leave(gone);
        own.Open(ref job);
        gone.Open(ref job);

        Assert.False(exchange.TryHelp(own, guest));
        Assert.Equal(0, job.Entries);
        gone.Close();
        own.Close();
    }

    [Fact]
    public void TryHelp_GuestWithWorkOfItsOwn_HelpsNobody()
    {
        var exchange = new JobExchange();
        OpenJob own = exchange.Join(), other = exchange.Join();
        using var guest = new Guest(64) { IsCalled = () => true };
        var job = new CountJob();
        other.Open(ref job);

        Assert.False(exchange.TryHelp(own, guest));
        other.Close();
        Assert.Equal(0, job.Entries);
    }

    [Fact]
    public void TryHelp_JobThatFails_IsItsOwnersToKnow()
    {
        var exchange = new JobExchange();
        OpenJob own = exchange.Join(), other = exchange.Join();
        using var guest = new Guest(64) { IsCalled = () => false };
        var job = new FailingJob();
        other.Open(ref job);
        Assert.True(exchange.TryHelp(own, guest));
        Assert.True(exchange.TryHelp(own, guest));
        other.Close();

        Exception first = Assert.Throws<InvalidOperationException>(other.ThrowFault);
        Assert.Equal("entry 1", first.Message);
        Assert.Contains(nameof(FailingJob), first.StackTrace, StringComparison.Ordinal);
        other.ThrowFault(); // only once
        other.Open(ref job);
        Assert.True(exchange.TryHelp(own, guest));
        other.Close();
        other.Open(ref job);
        other.Close();
        other.ThrowFault(); // and not that of an earlier job
    }

    [Fact]
    public void Close_WhileGuestsAreInside_WaitsForAllOfThem()
    {
        const int Guests = 3, Rounds = 1500;
        var exchange = new JobExchange();
        OpenJob door = exchange.Join();
        using var stop = new CancellationTokenSource();
        Thread[] guests = [.. Enumerable.Range(0, Guests).Select(number => new Thread(() => HelpUntil(exchange, number, stop.Token)))];
        foreach (Thread guest in guests) guest.Start();
        for (int round = 0; round < Rounds; round++)
        {
            var job = new CountJob();
            door.Open(ref job);
            if (round == 0) AwaitGuest(ref job);
            Thread.SpinWait(round % 200);
            door.Close();
            Assert.Equal(0, Volatile.Read(ref job.Inside));
            int entries = job.Entries;
            Thread.SpinWait(20);
            Assert.Equal(entries, Volatile.Read(ref job.Entries));
        }
        stop.Cancel();
        foreach (Thread guest in guests) guest.Join();
    }

    // However long the machine takes to run the guests' threads at all.
    private static void AwaitGuest(ref CountJob job)
    {
        var clock = Stopwatch.StartNew();
        var spin = new SpinWait();
        while (Volatile.Read(ref job.Entries) == 0 && clock.Elapsed < TimeSpan.FromSeconds(30)) spin.SpinOnce();
        Assert.True(Volatile.Read(ref job.Entries) > 0, "No guest ever came in.");
    }

    private static void HelpUntil(JobExchange exchange, int pause, CancellationToken stop)
    {
        OpenJob own = exchange.Join();
        using var guest = new Guest(64) { IsCalled = () => stop.IsCancellationRequested };
        while (!stop.IsCancellationRequested)
        {
            exchange.TryHelp(own, guest);
            Thread.SpinWait(pause * 7);
        }
    }

    private struct FailingJob : ISharedJob
    {
        private int _entries;

        public bool Help(Guest guest) => throw new InvalidOperationException($"entry {++_entries}");
    }

    private struct CountJob : ISharedJob
    {
        public int Entries, Inside;

        public bool Help(Guest guest)
        {
            Interlocked.Increment(ref Inside);
            Interlocked.Increment(ref Entries);
            Thread.SpinWait(30);
            Interlocked.Decrement(ref Inside);
            return true;
        }
    }
}
