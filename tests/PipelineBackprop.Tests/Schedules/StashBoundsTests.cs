using CsCheck;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public class StashBoundsTests
{
    [Fact]
    public void Bounds_follow_the_formulas_at_every_size()
    {
        foreach ((int p, int m) in ScheduleSizes.All)
        {
            PipelineSchedule gpipe = new GPipeSchedule().Generate(p, m), oneByOne = new OneForwardOneBackwardSchedule().Generate(p, m);
            Assert.Equal(Enumerable.Repeat(m, p), StashBounds.PeakStash(gpipe));
            Assert.Equal(Enumerable.Repeat(m, p - 1), StashBounds.MaxWaitingForwards(gpipe));
            Assert.Equal(Enumerable.Repeat(m, p - 1), StashBounds.MaxWaitingGradients(gpipe));
            int[] warmUps = [.. Enumerable.Range(0, p).Select(stage => Math.Min(p - stage, m))];
            Assert.Equal(warmUps, StashBounds.PeakStash(oneByOne));
            Assert.Equal(warmUps, StashBounds.PeakStash(oneByOne, ActionKind.InputGradient));
            Assert.Equal(warmUps[..^1], StashBounds.MaxWaitingForwards(oneByOne));
            Assert.Equal(warmUps[..^1], StashBounds.MaxWaitingGradients(oneByOne));
        }
    }

    [Theory]
    [InlineData("gpipe")]
    [InlineData("1f1b")]
    public void The_longest_queue_is_reached_when_only_the_consumer_is_slow(string name)
    {
        foreach ((int p, int m) in new[] { (2, 1), (2, 5), (3, 2), (4, 8), (5, 3) })
        {
            PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(p, m);
            Assert.Equal(StashBounds.MaxWaitingForwards(schedule), Enumerable.Range(0, p - 1)
                .Select(i => LongestQueue(schedule, i, i + 1, ActionKind.Forward)));
            Assert.Equal(StashBounds.MaxWaitingGradients(schedule), Enumerable.Range(0, p - 1)
                .Select(i => LongestQueue(schedule, i + 1, i, ActionKind.InputGradient)));
        }
    }

    private static int LongestQueue(PipelineSchedule schedule, int producer, int consumer, ActionKind kind)
    {
        var executor = new NaiveExecutor(schedule);
        int longest = 0;
        do
        {
            bool moved = true;
            while (moved)
            {
                moved = false;
                for (int device = 0; device < schedule.DeviceCount; device++) moved |= device != consumer && executor.TryStep(device);
            }
            longest = Math.Max(longest, executor.DoneOf(producer, kind) - executor.DoneOf(consumer, kind));
        }
        while (executor.TryStep(consumer));
        Assert.True(executor.IsFinished);
        return longest;
    }

    [Fact]
    public void No_random_run_has_a_longer_queue() =>
        Gen.Select(Gen.OneOf(Gen.Const("gpipe"), Gen.Const("1f1b")), Gen.Int[2, 5], Gen.Int[1, 8], Gen.Int[0, 4].Array[1, 400]).Sample((name, p, m, steps) =>
        {
            PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(p, m);
            int[] forwards = StashBounds.MaxWaitingForwards(schedule), gradients = StashBounds.MaxWaitingGradients(schedule);
            var executor = new NaiveExecutor(schedule);
            foreach (int step in steps)
            {
                if (!executor.TryStep(step % p)) continue;
                for (int i = 0; i < p - 1; i++)
                {
                    Assert.True(executor.DoneOf(i, ActionKind.Forward) - executor.DoneOf(i + 1, ActionKind.Forward) <= forwards[i]);
                    Assert.True(executor.DoneOf(i + 1, ActionKind.InputGradient) - executor.DoneOf(i, ActionKind.InputGradient) <= gradients[i]);
                }
            }
        });

    [Fact]
    public void A_delayed_weight_gradient_holds_the_stash_longer_than_its_input_gradient()
    {
        PipelineSchedule delayed = ScheduleSizes.Written(3, [0], "0F0 0B0 0F1 0B1 0F2 0B2 0W0 0W1 0W2");
        Assert.Equal([1], StashBounds.PeakStash(delayed, ActionKind.InputGradient));
        Assert.Equal([3], StashBounds.PeakStash(delayed));
    }

    [Fact]
    public void What_is_recomputed_is_recomputed_in_every_minibatch_that_overlaps()
    {
        PipelineSchedule schedule = new PipeDream2BwSchedule().Generate(2, 3);
        for (int stage = 0; stage < 2; stage++)
            Assert.All(StashState.Of(schedule, stage, recomputed: 3), state => Assert.Equal((true, 0), (state.IsRecomputed, state.Activations)));
    }

    [Fact]
    public void A_stash_until_F_or_the_bounds_of_a_deadlock_are_refused()
    {
        PipelineSchedule deadlock = ScheduleSizes.Written(2, [0, 1], "0F0 0B0 0W0 0F1 0B1 0W1", "1F0 1F1 1B0 1W0 1B1 1W1");
        Assert.Throws<ArgumentOutOfRangeException>(() => StashBounds.PeakStash(deadlock, ActionKind.Forward));
        Assert.Throws<ArgumentException>(() => StashBounds.MaxWaitingForwards(deadlock));
    }

    [Fact]
    public void PeakStash_AStageOutOfRange_IsRefused_AndThatOfAnotherDeviceLeftOut()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => StashBounds.PeakStash(ScheduleSizes.Written(1, [0], "0F0 1F0")));
        Assert.Equal([1, 1], StashBounds.PeakStash(ScheduleSizes.Written(2, [0, 1], "0F0 1F1 0B0 0W0", "1F0")));
    }
}
