using CsCheck;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Optimise.Tests;

public sealed class ScheduleOptimiserTests
{
    private const double Seconds = 20;

    private static OptimisedSchedule Solve(ScheduleProblem problem, double seconds, PipelineSchedule? start = null) =>
        ScheduleOptimiser.Solve(problem, seconds, start, TestContext.Current.CancellationToken);

    [Fact]
    public void The_best_of_two_stages_and_two_micro_batches_is_that_of_every_order() => Gen.Select(
        Gen.Int[0, 4].Array[2], Gen.Int[0, 4].Array[2], Gen.Int[0, 4].Array[2], Gen.Int[0, 3], Gen.Bool, Gen.Bool, Gen.Enum<ScheduleObjective>()).Sample(
        (f, b, w, transfer, capped, untilInputGradient, objective) =>
        {
            var problem = new ScheduleProblem(2, [0, 1], new ScheduleTimes(Times(f), Times(b), Times(w), [transfer]))
            {
                MemoryCap = capped ? 1 : null,
                HeldUntil = untilInputGradient ? ActionKind.InputGradient : ActionKind.WeightGradient,
                Objective = objective,
            };
            AssertBest(EveryOrder.LeastTime(problem), Solve(problem, Seconds), problem);
        }, iter: 60);

    [Theory]
    [InlineData(2, new[] { 0, 0 })]
    [InlineData(1, new[] { 0, 1, 1, 0 })]
    [InlineData(1, new[] { 0, 1, 0, 1 })]
    public void The_best_of_several_chunks_is_that_of_every_order(int microBatches, int[] deviceOfStage)
    {
        int stages = deviceOfStage.Length;
        double[] Uneven(int first) => [.. Enumerable.Range(0, stages).Select(stage => (double)(first + (stage % 2)))];
        var times = new ScheduleTimes(Uneven(1), Uneven(2), Uneven(1), [.. Enumerable.Repeat(0.5, stages - 1)]);
        foreach (double? cap in new double?[] { null, 1 })
        {
            var problem = new ScheduleProblem(microBatches, deviceOfStage, times) { MemoryCap = cap };
            AssertBest(EveryOrder.LeastTime(problem), Solve(problem, Seconds), problem);
        }
    }

    [Fact]
    public void One_chunk_and_a_barrier_take_at_least_what_ZB_H1_takes_when_F_B_and_W_are_equal()
    {
        foreach ((int p, int m) in new[] { (2, 3), (3, 5), (4, 8) })
        {
            var problem = new ScheduleProblem(m, [.. Enumerable.Range(0, p)], ScheduleTimes.Uniform(p));
            AssertBest(p - 1 + (3 * m), Solve(problem, Seconds), problem);
            Assert.Equal(p - 1 + (3 * m), problem.TimeOf(new ZeroBubbleH1Schedule().Generate(p, m)));
        }
    }

    [Theory]
    [InlineData("zb-v", 25.5)]
    [InlineData("v-half", 26.5)]
    [InlineData("v-min", 29.5)]
    public void The_folded_schedules_are_the_best_for_their_memory_at_the_golden_size(string name, double time)
    {
        PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(4, 8);
        var problem = new ScheduleProblem(8, [.. Enumerable.Range(0, 8).Select(schedule.DeviceOf)], ScheduleTimes.Uniform(8, 0.5, 0.5, 0.5))
        {
            MemoryCap = ScheduleMemory.StashUntil(schedule, ActionKind.WeightGradient).PeakOf(schedule).Max(),
        };
        AssertBest(time, Solve(problem, Seconds, schedule), problem);
    }

    [Fact]
    public void The_same_problem_gives_the_same_schedule_even_when_the_limit_ends_the_search()
    {
        var problem = new ScheduleProblem(6, [0, 1, 2, 2, 1, 0], ScheduleTimes.Uniform(6, 1, 1.5, 0.7, 0.2)) { MemoryCap = 2 };
        OptimisedSchedule first = Solve(problem, 0.05, new VMinSchedule().Generate(3, 6)), second = Solve(problem, 0.05, new VMinSchedule().Generate(3, 6));

        Assert.Equal(ScheduleCsv.Write(first.Schedule), ScheduleCsv.Write(second.Schedule));
        Assert.Equal((first.Time, first.LowerBound, first.IsProven), (second.Time, second.LowerBound, second.IsProven));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1e-12)]
    public void What_is_proven_does_not_depend_on_the_unit_of_time(double unit)
    {
        double[] Of(params double[] times) => [.. times.Select(time => time * unit)];
        var problem = new ScheduleProblem(8, [0, 1, 2, 3], new ScheduleTimes(Of(1, 1.2, 0.9, 1.1), Of(1, 1.3, 0.8, 1.1), Of(0.7, 1.2, 0.9, 1.1), Of(0.1, 0.1, 0.1))) { MemoryCap = 4 };
        OptimisedSchedule best = Solve(problem, 0.02, new OneForwardOneBackwardSchedule().Generate(4, 8));

        Assert.True(problem.TimeOf(new ZeroBubbleH1Schedule().Generate(4, 8)) < best.Time);
        Assert.False(best.IsProven);
    }

    [Fact]
    public void The_answer_is_never_worse_than_what_it_began_with_and_times_need_not_be_whole()
    {
        double[] odd = [Math.PI, Math.E, Math.Sqrt(2)];
        var problem = new ScheduleProblem(4, [0, 1, 2], new ScheduleTimes(odd, odd, odd, [0.1, 0.3])) { MemoryCap = 2 };
        PipelineSchedule start = new GPipeSchedule().Generate(3, 4), within = new PipelineSchedule("one ahead", 4, [0, 1, 2],
            [.. Enumerable.Range(0, 3).Select(stage => new OneForwardOneBackwardSchedule().Generate(1, 4).ActionsOf(0).Select(action => action with { Stage = stage }).ToArray())]);

        Assert.False(problem.Admits(start));
        OptimisedSchedule best = Solve(problem, 1e-6, within);
        Assert.True(best.Time <= problem.TimeOf(within));
        Assert.True(best.LowerBound <= best.Time);
        Assert.True(problem.Admits(Solve(problem, Seconds, start).Schedule));
    }

    [Fact]
    public void A_start_that_holds_too_much_is_left_out_even_where_it_is_faster()
    {
        var problem = new ScheduleProblem(4, [0, 1, 2], ScheduleTimes.Uniform(3)) { MemoryCap = 1 };
        OptimisedSchedule best = Solve(problem, Seconds, new ZeroBubbleH1Schedule().Generate(3, 4));

        Assert.True(problem.Admits(best.Schedule));
        Assert.True(best.Time > problem.TimeOf(new ZeroBubbleH1Schedule().Generate(3, 4)));
    }

    [Fact]
    public void Admits_only_schedules_of_the_same_size_and_placement_that_are_synchronous()
    {
        PipelineSchedule folded = new VHalfSchedule().Generate(2, 2);
        var chain = new ScheduleProblem(2, [0, 1], ScheduleTimes.Uniform(2));

        Assert.True(chain.Admits(new GPipeSchedule().Generate(2, 2)));
        Assert.False(chain.Admits(new GPipeSchedule().Generate(2, 3)));
        Assert.False(chain.Admits(new GPipeSchedule().Generate(3, 2)));
        PipelineSchedule late = new PipeDream2BwSchedule().Generate(2, 2);
        Assert.False((chain with { MicroBatches = late.MicroBatchCount }).Admits(late));
        Assert.True(new ScheduleProblem(2, [0, 1, 1, 0], ScheduleTimes.Uniform(4)).Admits(folded));
        Assert.False(new ScheduleProblem(2, [0, 1, 0, 1], ScheduleTimes.Uniform(4)).Admits(folded));
    }

    [Fact]
    public void Where_no_action_takes_time_the_best_takes_none() =>
        AssertBest(0, Solve(new ScheduleProblem(1, [0, 1], ScheduleTimes.Uniform(2, 0, 0, 0)), Seconds), new ScheduleProblem(1, [0, 1], ScheduleTimes.Uniform(2, 0, 0, 0)));

    [Fact]
    public void A_transfer_between_stages_of_one_device_takes_no_time()
    {
        ScheduleProblem Problem(double within) => new(2, [0, 1, 1, 0], new ScheduleTimes([1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [0.5, within, 0.5]));

        Assert.Equal(Solve(Problem(0), Seconds).Time, Solve(Problem(20), Seconds).Time);
    }

    [Fact]
    public void Of_rounded_times_nothing_is_proven()
    {
        // One order only, and rounding to thousandths of the longest lengthens each.
        double uneven = 1.0007 / Math.Sqrt(2);
        Assert.False(Solve(new ScheduleProblem(1, [0], new ScheduleTimes([1], [uneven], [uneven], [])), Seconds).IsProven);
    }

    [Fact]
    public void What_cannot_be_solved_is_refused_in_one_sentence()
    {
        var small = new ScheduleProblem(2, [0, 1], ScheduleTimes.Uniform(2));
        Refused("the memory cap is 0.5 micro-batches a device, but must be at least 1.", small with { MemoryCap = 0.5 }, Seconds);
        Refused("the limit is 0 seconds, but must be above 0.", small, 0);
        Refused("2 stages and 167 micro-batches make 1002 actions, but the solver takes at most 1000.", small with { MicroBatches = 167 }, Seconds);
    }

    [Fact]
    public void A_search_that_is_cancelled_ends() =>
        Assert.ThrowsAny<OperationCanceledException>(() => ScheduleOptimiser.Solve(new ScheduleProblem(2, [0, 1], ScheduleTimes.Uniform(2)), Seconds, null, new CancellationToken(true)));

    private static void Refused(string sentence, ScheduleProblem problem, double seconds) =>
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => Solve(problem, seconds)).Message);

    private static void AssertBest(double time, OptimisedSchedule best, ScheduleProblem problem)
    {
        Assert.Null(ScheduleValidator.Validate(best.Schedule));
        Assert.True(problem.Admits(best.Schedule));
        Assert.True(best.IsProven);
        Assert.Equal(time, best.Time, 1e-9);
        Assert.Equal(best.Time, best.LowerBound);
    }

    private static double[] Times(int[] whole) => [.. whole.Select(time => (double)time)];
}
