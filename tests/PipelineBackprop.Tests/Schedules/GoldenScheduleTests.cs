using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

/// <summary>The field's golden values: F=B=W=1 for a whole device, a chunk a v-th of that, no transfer time. Fused: B is sent on only after W.</summary>
public sealed class GoldenScheduleTests
{
    [Theory]
    [InlineData("gpipe", true, 33, 27.27, 33, 27.27, new[] { 8.0, 8, 8, 8 })]
    [InlineData("gpipe", false, 30, 20.00, 30, 20.00, new[] { 8.0, 8, 8, 8 })]
    [InlineData("1f1b", true, 33, 27.27, 33, 27.27, new[] { 4.0, 3, 2, 1 })]
    [InlineData("1f1b", false, 30, 20.00, 30, 20.00, new[] { 4.0, 3, 2, 1 })]
    [InlineData("interleaved-1f1b", true, 28.5, 15.79, 28.5, 15.79, new[] { 5.5, 4.5, 3.5, 2.5 })]
    [InlineData("zb-h1", false, 27, 11.11, 27, 11.11, new[] { 4.0, 3, 2, 1 })]
    [InlineData("interleaved-zb", false, 25.5, 5.88, 25.5, 5.88, new[] { 4, 3.5, 3, 2.5 })]
    [InlineData("zb-h2", false, 27, 11.11, 24, 0, new[] { 7.0, 5, 3, 1 })]
    [InlineData("zb-v", false, 25.5, 5.88, 24, 0, new[] { 4.0, 4, 4, 4 })]
    [InlineData("v-half", false, 26.5, 9.43, 26.5, 9.43, new[] { 3.0, 3, 3, 3 })]
    [InlineData("v-min", false, 29.5, 18.64, 29.5, 18.64, new[] { 2.0, 2, 2, 2 })]
    public void Four_devices_and_eight_micro_batches(
        string name, bool fused, double barrier, double barrierPercent, double span, double spanPercent, double[] peaks)
    {
        ScheduleTimeline timeline = Simulate(name, 4, 8, fused);

        Assert.Equal((barrier, span, 24.0), (timeline.BarrierTime, timeline.SpanTime, timeline.IdealTime));
        Assert.Equal((barrierPercent, spanPercent), (Percent(timeline.BarrierBubble), Percent(timeline.SpanBubble)));
        Assert.Equal(peaks, timeline.PeakMemory);
    }

    [Theory]
    [InlineData("gpipe", true, 93, 93)]
    [InlineData("1f1b", true, 93, 93)]
    [InlineData("gpipe", false, 86, 86)]
    [InlineData("1f1b", false, 86, 86)]
    [InlineData("interleaved-1f1b", true, 82.5, 82.5)]
    [InlineData("zb-h1", false, 79, 79)]
    [InlineData("interleaved-zb", false, 75.5, 75.5)]
    [InlineData("zb-v", false, 75.5, 72)]
    [InlineData("v-half", false, 80.5, 80.5)]
    [InlineData("v-min", false, 85.5, 85.5)]
    public void Eight_devices_and_twenty_four_micro_batches(string name, bool fused, double barrier, double span)
    {
        ScheduleTimeline timeline = Simulate(name, 8, 24, fused);

        Assert.Equal((barrier, span, 72.0), (timeline.BarrierTime, timeline.SpanTime, timeline.IdealTime));
    }

    [Theory]
    [InlineData(4, 8)]
    [InlineData(8, 24)]
    [InlineData(3, 2)]
    public void PipeDream_2bw_has_no_bubble_once_it_is_full_when_there_are_enough_micro_batches(int devices, int microBatches)
    {
        ScheduleTimeline timeline = Simulate("pipedream-2bw", devices, microBatches, fused: false);

        Assert.Equal(microBatches >= devices, timeline.SteadyBubble == 0);
        Assert.Equal([.. Enumerable.Range(0, devices).Select(device => (double)Math.Min(devices - device, microBatches))], timeline.PeakMemory);
    }

    [Fact]
    public void A_synchronous_schedule_has_no_steady_state() => Assert.Null(Simulate("1f1b", 4, 8, fused: false).SteadyTime);

    [Fact]
    public void Zero_bubble_schedules_leave_no_gap_within_a_device_for_any_size()
    {
        for (int devices = 1; devices <= 8; devices++)
        {
            for (int microBatches = (2 * devices) - 1; microBatches <= 24; microBatches++)
            {
                Assert.Equal(3.0 * microBatches, Simulate("zb-h2", devices, microBatches, fused: false).SpanTime);
                Assert.Equal(3.0 * microBatches, Simulate("zb-v", devices, microBatches, fused: false).SpanTime);
                Assert.Equal(3.0 * microBatches + devices - 1, Simulate("zb-h1", devices, microBatches, fused: false).BarrierTime);
            }
        }
    }

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(2, 6, 1)]
    [InlineData(4, 4, 2)]
    public void Bubbles_follow_the_formulas_of_the_field(double f, double b, double w)
    {
        foreach ((int p, int m) in new[] { (2, 4), (3, 6), (4, 8), (8, 24) })
        {
            Assert.Equal((p - 1) * (f + b + w), BubbleOf("1f1b", fused: true).Barrier);
            Assert.Equal((p - 1) * (f + b), BubbleOf("1f1b", fused: false).Barrier);
            Assert.Equal((p - 1) * (f + b + w) / 2, BubbleOf("interleaved-1f1b", fused: true).Barrier);
            Assert.Equal((p - 1) * (f + b) / 2, BubbleOf("interleaved-1f1b", fused: false).Barrier);
            Assert.Equal((p - 1) * (f + b - w), BubbleOf("zb-h1", fused: false).Barrier);
            Assert.Equal((p - 1) * (f + b - w) / 2, BubbleOf("interleaved-zb", fused: false).Barrier);
            Assert.Equal((p - 1) * (f + b - (2 * w)), BubbleOf("zb-h2", fused: false).Span);

            (double Barrier, double Span) BubbleOf(string name, bool fused)
            {
                PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(p, m);
                double[] Of(double time) => [.. Enumerable.Repeat(time, p)];
                ScheduleTimeline timeline = ScheduleSimulator.Run(schedule, ScheduleTimes.OfDevices(schedule, Of(f), Of(b), Of(w)), fused);
                return (timeline.BarrierTime - timeline.IdealTime, timeline.SpanTime - timeline.IdealTime);
            }
        }
    }

    [Fact]
    public void Peaks_follow_the_formulas_of_the_field()
    {
        foreach ((int p, int m) in ScheduleSizes.All.Where(size => size.MicroBatches >= 2 * size.Devices))
        {
            for (int v = 1; v <= 4; v++)
            {
                double[] peaks = ScheduleMemory.StashUntil(new InterleavedOneForwardOneBackwardSchedule().Generate(new ScheduleSize(p, m, v)), ActionKind.InputGradient)
                    .PeakOf(new InterleavedOneForwardOneBackwardSchedule().Generate(new ScheduleSize(p, m, v)));
                for (int i = 0; i < p; i++) Assert.Equal((((v - 1) * p) + (2 * (p - 1 - i)) + 1) / (double)v, peaks[i], 1e-9);
            }
            Assert.Equal([.. Enumerable.Range(0, p).Select(i => (2.0 * (p - i)) - 1)], Simulate("zb-h2", p, m, fused: false).PeakMemory);
            Assert.Equal([.. Enumerable.Repeat((double)p, p)], Simulate("zb-v", p, m, fused: false).PeakMemory);
        }
    }

    private static ScheduleTimeline Simulate(string name, int devices, int microBatches, bool fused)
    {
        PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(devices, microBatches);
        double[] one = [.. Enumerable.Repeat(1.0, devices)];
        return ScheduleSimulator.Run(schedule, ScheduleTimes.OfDevices(schedule, one, one, one), fused);
    }

    private static double Percent(double part) => Math.Round(100 * part, 2);
}
