using System.Diagnostics;
using CsCheck;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public class ScheduleValidatorTests
{
    public static TheoryData<string> Names => ScheduleSizes.Names;

    public static MatrixTheoryData<string, string> NamesAndMutations => new(ScheduleCatalog.Names, ScheduleMutations.All.Keys);

    [Theory, MemberData(nameof(NamesAndMutations))]
    public void Every_mutant_is_rejected_with_its_reason_at_every_size(string name, string mutation)
    {
        (ScheduleFaultReason reason, Func<PipelineSchedule, IEnumerable<PipelineSchedule>> mutants) = ScheduleMutations.All[mutation];
        foreach (PipelineSchedule schedule in ScheduleSizes.Of(name, ScheduleSizes.Mutable))
        {
            int count = 0;
            foreach (PipelineSchedule mutant in mutants(schedule))
            {
                ScheduleFault? fault = ScheduleValidator.Validate(mutant);
                Assert.Equal(reason, fault?.Reason);
                Assert.Contains(fault!.Action.ToString(), fault.Message, StringComparison.Ordinal);
                count++;
            }
            Assert.True(count > 0, $"no mutant of {schedule}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_stash_budget_is_enough_at_the_peak_and_too_small_one_below_it(string name)
    {
        foreach (PipelineSchedule schedule in ScheduleSizes.Of(name, ScheduleSizes.All))
        {
            int[] budget = StashBounds.PeakStash(schedule);
            Assert.Null(ScheduleValidator.Validate(schedule, budget));
            for (int stage = 0; stage < schedule.StageCount; stage += Math.Max(1, schedule.StageCount / 4))
            {
                budget[stage]--;
                ScheduleFault? fault = ScheduleValidator.Validate(schedule, budget);
                budget[stage]++;
                Assert.Equal(ScheduleFaultReason.StashBudgetExceeded, fault?.Reason);
                Assert.Equal(stage, fault!.Action.Stage);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_memory_budget_of_a_device_is_enough_at_the_peak_and_too_small_below_it(string name)
    {
        foreach (PipelineSchedule schedule in ScheduleSizes.Of(name, ScheduleSizes.Mutable))
        {
            foreach (ActionKind until in new[] { ActionKind.InputGradient, ActionKind.WeightGradient })
            {
                ScheduleMemory memory = ScheduleMemory.StashUntil(schedule, until);
                double[] budget = memory.PeakOf(schedule);
                Assert.Null(ScheduleValidator.Validate(schedule, memoryBudget: new MemoryBudget(memory, budget)));
                budget[^1] *= 0.999;
                ScheduleFault? fault = ScheduleValidator.Validate(schedule, memoryBudget: new MemoryBudget(memory, budget));
                Assert.Equal(ScheduleFaultReason.StashBudgetExceeded, fault?.Reason);
                Assert.Equal(schedule.DeviceCount - 1, fault!.Device);
            }
        }
    }

    [Fact]
    public void A_memory_that_is_just_enough_is_enough_however_its_parts_round()
    {
        var memory = new ScheduleMemory([0.1], [0]);
        Assert.Null(ScheduleValidator.Validate(new GPipeSchedule().Generate(1, 3), memoryBudget: new MemoryBudget(memory, [0.3])));
    }

    [Fact]
    public void A_memory_fault_names_the_action_the_device_and_both_amounts()
    {
        PipelineSchedule schedule = new GPipeSchedule().Generate(2, 4);
        var memory = new ScheduleMemory([100, 10], [1, 1], [1000, 0]);
        Assert.Equal([1404, 44], memory.PeakOf(schedule));
        Assert.Equal("0F2 makes device 0 hold 303, but its memory budget is 250",
            ScheduleValidator.Validate(schedule, memoryBudget: new MemoryBudget(memory, [250, 250]))?.Message);
        Assert.Throws<ArgumentException>(() => ScheduleValidator.Validate(schedule, memoryBudget: new MemoryBudget(memory, [250])));
    }

    [Fact]
    public void GPipe_does_not_fit_the_memory_of_1f1b()
    {
        int[] budget = StashBounds.PeakStash(new OneForwardOneBackwardSchedule().Generate(4, 8));
        ScheduleFault? fault = ScheduleValidator.Validate(new GPipeSchedule().Generate(4, 8), budget);
        Assert.Equal("0F4 makes stage 0 hold 5 micro-batches, but its stash budget is 4", fault?.Message);
    }

    [Fact]
    public void A_budget_for_another_number_of_stages_is_a_programming_error() =>
        Assert.Throws<ArgumentException>(() => ScheduleValidator.Validate(new GPipeSchedule().Generate(4, 8), [8, 8]));

    [Fact]
    public void A_cycle_is_printed_link_by_link()
    {
        PipelineSchedule schedule = ScheduleSizes.Written(2, [0, 1], "0F0 0B0 0W0 0F1 0B1 0W1", "1F0 1F1 1B0 1W0 1B1 1W1");
        ScheduleFault? fault = ScheduleValidator.Validate(schedule);
        Assert.Equal("0B0 waits for 1B0, which waits for 1F1 ahead of it on device 1, which waits for 0F1, which waits for 0B0 ahead of it on device 0",
            fault?.Message);
    }

    [Theory]
    [InlineData("0F0 0B0 0W0", "1F0 1B0", "1W0 is missing from device 1")]
    [InlineData("0F0 0B0 0W0 0F0", "1F0 1B0 1W0", "0F0 at position 3 of device 0 stands there for the second time")]
    [InlineData("0F0 0B0 0W0 1W0", "1F0 1B0", "1W0 at position 3 of device 0 belongs on device 1, which owns stage 1")]
    [InlineData("0F0 0B0 0W0", "1F0 1B0 1W1", "1W1 at position 2 of device 1 is outside stages 0 to 1 and micro-batches 0 to 0")]
    [InlineData("0F0 0W0 0B0", "1F0 1B0 1W0", "0W0 at position 1 of device 0 uses 0B0, which comes later, at position 2")]
    public void A_message_says_where_and_what_would_be_right(string first, string second, string expected) =>
        Assert.Equal(expected, ScheduleValidator.Validate(ScheduleSizes.Written(1, [0, 1], first, second))?.Message);

    [Fact]
    public void ThrowIfInvalid_names_the_schedule_and_passes_a_valid_one()
    {
        ScheduleValidator.ThrowIfInvalid(new GPipeSchedule().Generate(2, 2));
        var error = Assert.Throws<InvalidInputException>(() => ScheduleValidator.ThrowIfInvalid(ScheduleSizes.Written(1, [0], "0F0 0B0")));
        Assert.Equal("schedule written (1 stage, 1 micro-batch) cannot be run: 0W0 is missing from device 0", error.Message);
    }

    [Fact]
    public void Several_chunks_on_a_device_are_checked_across_them()
    {
        PipelineSchedule valid = ScheduleSizes.TwoChunksADevice;
        Assert.Null(ScheduleValidator.Validate(valid));
        PipelineSchedule early = valid.With(0, ScheduleSizes.Parse("0F0 0F1 2F0 2F1 0B0 0W0 0B1 0W1 2B0 2W0 2B1 2W1"));
        Assert.Equal(ScheduleFaultReason.CyclicWait, ScheduleValidator.Validate(early)?.Reason);
        // Neighbouring stages on one device: using what comes later needs no other device to be wrong.
        PipelineSchedule alone = ScheduleSizes.Written(1, [0, 0], "1F0 0F0 1B0 0B0 1W0 0W0");
        Assert.Equal("1F0 at position 0 of device 0 uses 0F0, which comes later, at position 1", ScheduleValidator.Validate(alone)?.Message);
    }

    [Fact]
    public void Shuffled_orders_are_accepted_exactly_when_they_run_to_the_end_in_micro_batch_order() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[0, 5].Array[0, 4], Gen.OneOf([.. ScheduleCatalog.Names.Except(["pipedream-2bw"]).Select(Gen.Const)])).Sample((stages, microBatches, moves, name) =>
        {
            PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(stages, microBatches);
            foreach (int move in moves) schedule = MoveOne(schedule, move);
            ScheduleFault? fault = ScheduleValidator.Validate(schedule);
            bool runs = new NaiveExecutor(schedule).RunToTheEnd();
            if (fault is null) Assert.True(runs && IsInMicroBatchOrder(schedule));
            else Assert.False(runs && IsInMicroBatchOrder(schedule), fault.ToString());
        }, iter: 5_000);

    private static PipelineSchedule MoveOne(PipelineSchedule schedule, int move)
    {
        int device = move % schedule.DeviceCount;
        List<PipelineAction> actions = [.. schedule.ActionsOf(device)];
        int from = (move * 7 + 1) % actions.Count, to = (move * 5 + 2) % actions.Count;
        PipelineAction moved = actions[from];
        actions.RemoveAt(from);
        actions.Insert(to, moved);
        return schedule.With(device, actions);
    }

    private static bool IsInMicroBatchOrder(PipelineSchedule schedule) => Enumerable.Range(0, schedule.StageCount)
        .All(stage => schedule.ActionsOfStage(stage).GroupBy(action => action.Kind)
            .All(kind => kind.Select(action => action.MicroBatch).SequenceEqual(Enumerable.Range(0, schedule.MicroBatchCount))));

    [Fact]
    public void Tens_of_thousands_of_devices_are_checked_at_once()
    {
        PipelineSchedule schedule = new GPipeSchedule().Generate(33_000, 1);
        long started = Stopwatch.GetTimestamp();

        Assert.Null(ScheduleValidator.Validate(schedule));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5), "Checking takes the square of the devices.");
    }
}
