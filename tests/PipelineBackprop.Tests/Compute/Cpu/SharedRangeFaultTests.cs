using System.Diagnostics;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Tests.Compute.Threading;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

/// <summary>Parts of a shared range that throw, on the owner's thread and on a guest's.</summary>
public sealed unsafe class SharedRangeFaultTests
{
    private const int Block = 16, Parts = 100;

    [Fact]
    public void Run_GuestThatFails_ThrowsItsExceptionAtTheOwners()
    {
        using var visitors = new Visitors(count: 1);
        // Again with the same guest, whose thread goes on.
        for (int round = 0; round < 3; round++)
        {
            var meeting = new Meeting { Owner = Environment.CurrentManagedThreadId };
            Exception failure = Fail(visitors.Door, &meeting);
            Assert.Equal("a guest's", failure.Message);
            Assert.Contains(nameof(FailingKernel), failure.StackTrace, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Run_OwnerThatFails_WaitsForTheGuestInside()
    {
        using var visitors = new Visitors(count: 1);
        var meeting = new Meeting { Owner = Environment.CurrentManagedThreadId, OwnerFails = true };
        Exception failure = Fail(visitors.Door, &meeting);
        int entered = meeting.Entered;

        Assert.Equal("the owner's", failure.Message);
        Assert.Equal(entered, meeting.Left);
        Assert.InRange(entered, 1, Parts - 2);
    }

    [Fact]
    public void Help_PartThatFails_LeavesOutThoseThatHaveNotStarted()
    {
        using var guest = new Guest(64) { IsCalled = () => false };
        var meeting = new Meeting();
        var range = new SharedRange<FailingKernel>(new RangeJob<FailingKernel>(new FailingKernel(&meeting), Parts * Block, Block));
        string? message = null;
        try
        {
            range.Help(guest);
        }
        catch (InvalidOperationException failure)
        {
            message = failure.Message;
        }
        range.Execute();

        Assert.Equal("a guest's", message);
        Assert.Equal(1, meeting.Entered);
    }

    private static InvalidOperationException Fail(OpenJob door, Meeting* meeting) => Assert.Throws<InvalidOperationException>(
        () => SharedRange<FailingKernel>.Run(door, new RangeJob<FailingKernel>(new FailingKernel(meeting), Parts * Block, Block)));

    private struct Meeting
    {
        public int Owner, Entered, Left; // Entered and left: by guests
        public bool OwnerFails;
    }

    // The owner does not end its first part before a guest has begun one, and a guest is slow to leave.
    private readonly struct FailingKernel(Meeting* meeting) : IRangeKernel
    {
        private readonly Meeting* _meeting = meeting;

        public void Execute(int start, int count)
        {
            if (Environment.CurrentManagedThreadId == _meeting->Owner) OwnPart();
            else GuestsPart();
        }

        private void OwnPart()
        {
            var clock = Stopwatch.StartNew();
            var spin = new SpinWait();
            while (Volatile.Read(ref _meeting->Entered) == 0 && clock.Elapsed < TimeSpan.FromSeconds(30)) spin.SpinOnce();
            if (_meeting->OwnerFails) throw new InvalidOperationException("the owner's");
        }

        private void GuestsPart()
        {
            Interlocked.Increment(ref _meeting->Entered);
            if (!_meeting->OwnerFails) throw new InvalidOperationException("a guest's");
            Thread.Sleep(20);
            Interlocked.Increment(ref _meeting->Left);
        }
    }
}
