using System.Diagnostics;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Tests.Diagnostics;

public sealed class StageRecorderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pass_is_recorded_without_taking_memory_once_there_is_room(bool records)
    {
        var recorder = new StageRecorder();

        Allocations.AssertNone(() => Pass(recorder, records), warmUps: 2, repeatsInARound: 20);

        Assert.Equal(records ? 1 + 3 * Events : 1, recorder.Read(0).Length);
    }

    [Fact]
    public void Read_OuterEventsStandBeforeThoseWithin()
    {
        var recorder = new StageRecorder();
        recorder.Begin(records: true, capacity: 1);
        long zero = recorder.Start();
        recorder.Add(TimelineEventKind.Transfer, 2, zero + 10, zero + 20);
        recorder.Add(TimelineEventKind.Forward, 2, zero + 10, zero + 50);
        recorder.Add(TimelineEventKind.Wait, -1, zero + 5, zero + 10);

        TimelineEvent[] events = recorder.Read(zero);

        Assert.Equal([TimelineEventKind.Step, TimelineEventKind.Wait, TimelineEventKind.Forward, TimelineEventKind.Transfer], events.Select(one => one.Kind));
        Assert.Equal(events[2].End, events[0].End);
        Assert.Equal((2, 4e1, 1e1), (events[2].MicroBatch, Math.Round(events[2].Seconds * Stopwatch.Frequency), Math.Round(events[3].Seconds * Stopwatch.Frequency)));
    }

    [Fact]
    public void A_wait_lasts_from_the_first_look_in_vain_to_the_action()
    {
        var recorder = new StageRecorder();
        recorder.Begin(records: true, capacity: 8);
        recorder.EndWait(recorder.Start());
        recorder.StartWait();
        long first = recorder.Start();
        recorder.StartWait();
        recorder.EndWait(first + 1000);

        TimelineEvent wait = Assert.Single(recorder.Read(first), one => one.Kind == TimelineEventKind.Wait);
        Assert.True(wait.Start <= 0 && wait.End > 0);
    }

    [Fact]
    public void EndHelp_OutsideAWait_IsNotNotedAndWithinItBeginsWithIt()
    {
        var recorder = new StageRecorder();
        recorder.Begin(records: true, capacity: 8);
        long zero = recorder.Start();
        recorder.EndHelp(zero);
        recorder.StartWait();
        recorder.EndHelp(zero - 1000);
        recorder.EndWait(recorder.Start());
        recorder.EndHelp(zero);

        TimelineEvent[] events = recorder.Read(zero);
        TimelineEvent help = Assert.Single(events, one => one.Kind == TimelineEventKind.Help), wait = Assert.Single(events, one => one.Kind == TimelineEventKind.Wait);
        Assert.Equal(wait.Start, help.Start);
        Assert.InRange(help.End, help.Start, wait.End);
    }

    private const int Events = 20;

    private static void Pass(StageRecorder recorder, bool records)
    {
        recorder.Begin(records, 3 * Events);
        for (int i = 0; i < Events; i++)
        {
            recorder.StartWait();
            long start = recorder.Start();
            recorder.EndWait(start);
            recorder.End(TimelineEventKind.Transfer, i, start);
            recorder.Add(TimelineEventKind.Forward, i, start, start + 1);
        }
    }
}
