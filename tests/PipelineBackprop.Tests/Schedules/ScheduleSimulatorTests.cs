using CsCheck;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public class ScheduleSimulatorTests
{
    private static readonly Gen<(int Stages, int MicroBatches, int F, int B, int W)> Sizes =
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 24], Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 9]);

    // Whole numbers, so that sums are exact and equality means equality.
    [Theory]
    [InlineData("gpipe")]
    [InlineData("1f1b")]
    public void Equal_stages_take_the_time_of_the_formula(string name) => Sizes.Sample(size =>
    {
        (int p, int m, int f, int b, int w) = size;
        ScheduleTimes times = ScheduleTimes.Uniform(p, f, b, w);
        Assert.Equal((double)((p - 1) * (f + b) + m * (f + b + w)), Simulate(name, p, m, times, fused: false).BarrierTime);
        Assert.Equal((double)((p - 1) * (f + b + w) + m * (f + b + w)), Simulate(name, p, m, times, fused: true).BarrierTime);
    }, iter: 1_000);

    [Fact]
    public void GPipe_hides_transfer_time_except_once_each_way() => Gen.Select(Sizes, Gen.Int[0, 9]).Sample((size, transfer) =>
    {
        (int p, int m, int f, int b, int w) = size;
        ScheduleTimeline timeline = Simulate("gpipe", p, m, ScheduleTimes.Uniform(p, f, b, w, transfer), fused: false);
        Assert.Equal((double)((p - 1) * (f + b + 2 * transfer) + m * (f + b + w)), timeline.BarrierTime);
    }, iter: 1_000);

    [Theory]
    [InlineData("1f1b", 1, 11)]
    [InlineData("zb-v", 1, 8)]
    [InlineData("pipedream-2bw", 2, 5)]
    public void A_bubble_is_never_below_nothing_however_sums_of_times_round(string name, int devices, int microBatches) => Gen.Int[1, 99].Array[3].Sample(times =>
    {
        PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(devices, microBatches);
        ScheduleTimeline timeline = ScheduleSimulator.Run(schedule, ScheduleTimes.Uniform(schedule.StageCount, times[0] / 100.0, times[1] / 100.0, times[2] / 100.0));

        Assert.InRange(timeline.SpanBubble, 0, 1);
        Assert.InRange(timeline.BarrierBubble, 0, 1);
        Assert.InRange(timeline.SteadyBubble ?? 0, 0, 1);
    }, iter: 500);

    private static Gen<double[]> Times(int count) => Gen.Int[0, 9].Select(time => (double)time).Array[count];

    private static readonly Gen<(string Name, ScheduleTimes Times, int MicroBatches, bool Fused)> Cases =
        Gen.Int[1, 8].SelectMany(p => Gen.Select(Gen.OneOf(Gen.Const("gpipe"), Gen.Const("1f1b")),
            Gen.Select(Times(p), Times(p), Times(p), Times(p - 1), (f, b, w, transfer) => new ScheduleTimes(f, b, w, transfer)),
            Gen.Int[1, 24], Gen.Bool));

    [Fact]
    public void Every_action_starts_exactly_when_its_device_is_free_and_its_inputs_have_arrived() => Cases.Sample(test =>
    {
        (string name, ScheduleTimes times, int microBatches, bool fused) = test;
        ScheduleTimeline timeline = Simulate(name, times.StageCount, microBatches, times, fused);
        for (int device = 0; device < times.StageCount; device++)
        {
            double free = 0;
            foreach (TimedAction timed in timeline.OfDevice(device))
            {
                Assert.Equal(Math.Max(free, Arrival(timeline, times, timed.Action, fused)), timed.Start);
                Assert.Equal(timed.Start + times.Of(timed.Action), timed.End);
                free = timed.End;
            }
        }
    }, iter: 300);

    private static double Arrival(ScheduleTimeline timeline, ScheduleTimes times, PipelineAction action, bool fused)
    {
        double End(int stage, ActionKind kind) => timeline.Of(new PipelineAction(stage, kind, action.MicroBatch)).End;
        (int stage, int last) = (action.Stage, times.StageCount - 1);
        return action.Kind switch
        {
            ActionKind.Forward => stage == 0 ? 0 : End(stage - 1, ActionKind.Forward) + times.Transfer(stage - 1, stage),
            ActionKind.InputGradient when stage == last => End(stage, ActionKind.Forward),
            ActionKind.InputGradient => End(stage + 1, fused ? ActionKind.WeightGradient : ActionKind.InputGradient) + times.Transfer(stage + 1, stage),
            _ => End(stage, ActionKind.InputGradient),
        };
    }

    [Fact]
    public void Times_and_bubbles_agree_with_each_other() => Cases.Sample(test =>
    {
        (string name, ScheduleTimes times, int microBatches, bool fused) = test;
        ScheduleTimeline timeline = Simulate(name, times.StageCount, microBatches, times, fused);
        double busiest = Enumerable.Range(0, times.StageCount).Max(stage => microBatches *
            Enum.GetValues<ActionKind>().Sum(kind => times.Of(new PipelineAction(stage, kind, 0))));
        Assert.Equal(busiest, timeline.IdealTime);
        Assert.InRange(timeline.SpanTime, timeline.IdealTime, timeline.BarrierTime);
        Assert.InRange(timeline.BarrierBubble, timeline.SpanBubble, 1);
        Assert.InRange(timeline.SpanBubble, 0, 1);
        Assert.True(timeline.BarrierTime >= Simulate(name, times.StageCount, microBatches, times, fused: false).BarrierTime);
    }, iter: 300);

    [Fact]
    public void Peaks_are_those_of_the_timeline() => Gen.Select(Gen.OneOf(Gen.Const("gpipe"), Gen.Const("1f1b")), Gen.Int[1, 8], Gen.Int[1, 24]).Sample((name, p, m) =>
    {
        ScheduleTimeline timeline = Simulate(name, p, m, ScheduleTimes.Uniform(p), fused: false);
        for (int stage = 0; stage < p; stage++)
        {
            Assert.Equal(PeakByTime(timeline, stage, ActionKind.InputGradient), timeline.PeakStashUntilInputGradient[stage]);
            Assert.Equal(PeakByTime(timeline, stage, ActionKind.WeightGradient), timeline.PeakStashUntilWeightGradient[stage]);
        }
    });

    private static int PeakByTime(ScheduleTimeline timeline, int stage, ActionKind until)
    {
        (double Start, double End)[] held = [.. Enumerable.Range(0, timeline.Schedule.MicroBatchCount).Select(microBatch => (
            timeline.Of(new PipelineAction(stage, ActionKind.Forward, microBatch)).Start,
            timeline.Of(new PipelineAction(stage, until, microBatch)).End))];
        return held.Max(at => held.Count(other => other.Start <= at.Start && at.Start < other.End));
    }

    [Fact]
    public void A_device_prepares_while_it_waits_and_does_the_rest_before_the_action()
    {
        // Stage 1 waits 2 for its first input, so 2 of its 3 before F are done, and stage 0 waits longer for its gradient than its 1 before B takes.
        ScheduleTimes times = ScheduleTimes.Uniform(2, forward: 2, inputGradient: 3).WithPreparation(action => (action.Stage, action.Kind, action.MicroBatch) switch
        {
            (1, ActionKind.Forward, 0) => 3,
            (0, ActionKind.InputGradient, 0) => 1,
            _ => 0,
        });
        foreach (int[]? processors in new[] { null, new[] { 0, 1 } })
        {
            ScheduleTimeline timeline = ScheduleSimulator.Run(ScheduleCatalog.Get("1f1b").Generate(2, 2), times, processors: processors);
            Assert.Equal((2, 2 + 1 + 2), Of(timeline, 1, ActionKind.Forward, 0));
            Assert.Equal((5, 8), Of(timeline, 1, ActionKind.InputGradient, 0));
            Assert.Equal((8, 11), Of(timeline, 0, ActionKind.InputGradient, 0));
        }

        static (double Start, double End) Of(ScheduleTimeline timeline, int stage, ActionKind kind, int microBatch) =>
            timeline.Of(new PipelineAction(stage, kind, microBatch)) is var timed ? (timed.Start, timed.End) : default;
    }

    [Fact]
    public void A_wait_is_used_once()
    {
        // Stage 1 waits 2 before F and not before B: half of the 4 that the two need is done in it.
        ScheduleTimes times = ScheduleTimes.Uniform(2, forward: 2).WithPreparation(action => action.Stage == 0 || action.Kind == ActionKind.WeightGradient ? 0 : 2);

        ScheduleTimeline timeline = ScheduleSimulator.Run(ScheduleCatalog.Get("1f1b").Generate(2, 1), times);

        Assert.Equal(4, timeline.Of(new PipelineAction(1, ActionKind.Forward, 0)).End);
        Assert.Equal(4 + 2 + 1, timeline.Of(new PipelineAction(1, ActionKind.InputGradient, 0)).End);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_preparation_that_is_no_time_is_refused(double seconds)
    {
        ScheduleTimes times = ScheduleTimes.Uniform(2).WithPreparation(_ => seconds);

        var refusal = Assert.Throws<InvalidOperationException>(() => ScheduleSimulator.Run(ScheduleCatalog.Get("1f1b").Generate(2, 1), times));

        Assert.Contains("before it, which should be finite and at least 0", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Span_leaves_out_the_wait_of_a_device_before_its_first_action()
    {
        // W of stage 0 is nothing and stage 1 ends last: no device is at work from the first start to the last end.
        ScheduleTimes times = new([1, 1], [1, 1], [0, 5]);
        ScheduleTimeline timeline = Simulate("1f1b", 2, 1, times, fused: false);
        Assert.Equal((8, 7, 7), (timeline.BarrierTime, timeline.SpanTime, timeline.IdealTime));
        Assert.Equal((1.0 / 8, 0.0), (timeline.BarrierBubble, timeline.SpanBubble));
    }

    [Fact]
    public void Transfer_between_chunks_of_one_device_takes_no_time()
    {
        PipelineSchedule alone = ScheduleSizes.Written(1, [0, 0], "0F0 1F0 1B0 1W0 0B0 0W0");
        Assert.Equal(6, ScheduleSimulator.Run(alone, ScheduleTimes.Uniform(2, transfer: 100)).BarrierTime);
    }

    [Fact]
    public void Several_chunks_on_a_device_share_its_time()
    {
        ScheduleTimeline timeline = ScheduleSimulator.Run(ScheduleSizes.TwoChunksADevice, ScheduleTimes.Uniform(4));
        Assert.Equal(12, timeline.IdealTime);
        Assert.Equal([2, 2, 2, 1], timeline.PeakStashUntilInputGradient);
        for (int device = 0; device < 2; device++)
        {
            TimedAction[] actions = [.. timeline.OfDevice(device)];
            for (int i = 1; i < actions.Length; i++) Assert.True(actions[i].Start >= actions[i - 1].End);
        }
    }

    [Fact]
    public void An_order_that_only_works_when_B_is_sent_early_is_refused_the_other_way()
    {
        PipelineSchedule delayed = ScheduleSizes.Written(2, [0, 1], "0F0 0B0 0W0 0F1 0B1 0W1", "1F0 1B0 1F1 1W0 1B1 1W1");
        Assert.Equal(11, ScheduleSimulator.Run(delayed, ScheduleTimes.Uniform(2)).BarrierTime);
        var error = Assert.Throws<ArgumentException>(() => ScheduleSimulator.Run(delayed, ScheduleTimes.Uniform(2), sendGradientAfterWeightGradient: true));
        Assert.Contains("0B0 waits for 1W0, which waits for 1F1 ahead of it on device 1, which waits for 0F1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_schedule_or_times_for_other_stages_are_refused()
    {
        PipelineSchedule broken = ScheduleSizes.Written(1, [0], "0F0 0B0");
        Assert.Contains("0W0 is missing", Assert.Throws<ArgumentException>(() =>
            ScheduleSimulator.Run(broken, ScheduleTimes.Uniform(1))).Message, StringComparison.Ordinal);
        Assert.Contains("3 stages", Assert.Throws<ArgumentException>(() =>
            ScheduleSimulator.Run(new GPipeSchedule().Generate(2, 2), ScheduleTimes.Uniform(3))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Times_that_are_no_times_are_refused(double time) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScheduleTimes([1, time], [1, 1], [1, 1]));

    [Fact]
    public void Times_of_different_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ScheduleTimes([1, 1], [1], [1, 1]));
        Assert.Throws<ArgumentException>(() => new ScheduleTimes([1, 1], [1, 1], [1, 1], [1, 1]));
        Assert.Throws<ArgumentException>(() => ScheduleTimes.Uniform(3).Transfer(0, 2));
    }

    private static ScheduleTimeline Simulate(string name, int stages, int microBatches, ScheduleTimes times, bool fused) =>
        ScheduleSimulator.Run(ScheduleCatalog.Get(name).Generate(stages, microBatches), times, fused);
}
