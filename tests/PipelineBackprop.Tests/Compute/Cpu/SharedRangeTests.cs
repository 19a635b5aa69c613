using System.Diagnostics;
using System.Runtime.InteropServices;
using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Tests.Compute.Threading;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

/// <summary>A range of one thread of which guests take parts.</summary>
public sealed unsafe class SharedRangeTests
{
    private const int Block = 16;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Execute_WithGuests_DoesEveryItemOnce(int guests)
    {
        using var visitors = new Visitors(guests);
        for (int round = 0; round < 2000; round++)
        {
            int[] times = new int[round % 700];
            fixed (int* first = times)
            {
                var range = new SharedRange<CountKernel>(new RangeJob<CountKernel>(new CountKernel(first), times.Length, Block));
                visitors.Door.Open(ref range);
                Thread.SpinWait(round % 50);
                range.Execute();
                visitors.Door.Close();
            }
            Assert.All(times, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Execute_OwnerThatStandsStill_IsHelped()
    {
        using var visitors = new Visitors(count: 1);
        var meeting = new Meeting { Owner = Environment.CurrentManagedThreadId };
        var range = new SharedRange<MeetingKernel>(new RangeJob<MeetingKernel>(new MeetingKernel(&meeting), 100 * Block, Block));
        visitors.Door.Open(ref range);
        range.Execute();
        visitors.Door.Close();

        Assert.True(Volatile.Read(ref meeting.Helped) > 0, "While the owner waited, nobody took a part.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Help_WithOnePart_TakesItUnlessTheGuestIsCalled(bool isCalled)
    {
        using var guest = new Guest(64) { IsCalled = () => isCalled };
        int done = 0;
        var range = new SharedRange<CountKernel>(new RangeJob<CountKernel>(new CountKernel(&done), 1, Block));

        Assert.Equal(!isCalled, range.Help(guest));
        Assert.False(range.Help(guest));
        range.Execute();
        Assert.Equal(1, done);
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Meeting
    {
        public int Owner, Helped;
    }

    private readonly struct CountKernel(int* times) : IRangeKernel
    {
        private readonly int* _times = times;

        public void Execute(int start, int count)
        {
            for (int i = start; i < start + count; i++) Interlocked.Increment(ref _times[i]);
        }
    }

    // The owner does not end its first part before somebody else has done one.
    private readonly struct MeetingKernel(Meeting* meeting) : IRangeKernel
    {
        private readonly Meeting* _meeting = meeting;

        public void Execute(int start, int count)
        {
            if (Environment.CurrentManagedThreadId != _meeting->Owner)
            {
                Interlocked.Increment(ref _meeting->Helped);
                return;
            }
            var clock = Stopwatch.StartNew();
            var spin = new SpinWait();
            while (Volatile.Read(ref _meeting->Helped) == 0 && clock.Elapsed < TimeSpan.FromSeconds(10)) spin.SpinOnce();
        }
    }
}
