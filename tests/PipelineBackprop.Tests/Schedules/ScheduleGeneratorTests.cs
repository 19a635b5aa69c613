using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public class ScheduleGeneratorTests
{
    public static TheoryData<string> Names => ScheduleSizes.Names;

    [Theory]
    [InlineData("gpipe", 1, 2, 0, "0F0 0F1 0B0 0W0 0B1 0W1")]
    [InlineData("gpipe", 3, 3, 1, "1F0 1F1 1F2 1B0 1W0 1B1 1W1 1B2 1W2")]
    [InlineData("1f1b", 1, 2, 0, "0F0 0B0 0W0 0F1 0B1 0W1")]
    [InlineData("1f1b", 3, 4, 0, "0F0 0F1 0F2 0B0 0W0 0F3 0B1 0W1 0B2 0W2 0B3 0W3")]
    [InlineData("1f1b", 3, 4, 2, "2F0 2B0 2W0 2F1 2B1 2W1 2F2 2B2 2W2 2F3 2B3 2W3")]
    [InlineData("1f1b", 4, 2, 0, "0F0 0F1 0B0 0W0 0B1 0W1")]
    [InlineData("1f1b", 4, 1, 3, "3F0 3B0 3W0")]
    public void Generate_writes_the_known_order(string name, int stages, int microBatches, int device, string expected) =>
        Assert.Equal(ScheduleSizes.Parse(expected), ScheduleCatalog.Get(name).Generate(stages, microBatches).ActionsOf(device));

    [Theory, MemberData(nameof(Names))]
    public void Every_size_is_valid_and_each_device_owns_its_stage(string name)
    {
        foreach ((int stages, int microBatches) in ScheduleSizes.All)
        {
            PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(stages, microBatches);
            Assert.Null(ScheduleValidator.Validate(schedule));
            Assert.Equal((name, stages, microBatches, stages),
                (schedule.Name, schedule.StageCount, schedule.MicroBatchCount, schedule.DeviceCount));
            Assert.All(Enumerable.Range(0, stages), stage => Assert.Equal(stage, schedule.DeviceOf(stage)));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Weight_gradient_follows_its_input_gradient_directly_and_all_run_in_micro_batch_order(string name)
    {
        foreach ((int stages, int microBatches) in ScheduleSizes.All)
        {
            PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(stages, microBatches);
            for (int stage = 0; stage < stages; stage++)
            {
                PipelineAction[] actions = [.. schedule.ActionsOfStage(stage)];
                foreach (ActionKind kind in Enum.GetValues<ActionKind>())
                    Assert.Equal(Enumerable.Range(0, microBatches), actions.Where(action => action.Kind == kind).Select(action => action.MicroBatch));
                for (int i = 0; i < actions.Length; i++)
                {
                    if (actions[i].Kind == ActionKind.WeightGradient)
                        Assert.Equal(actions[i] with { Kind = ActionKind.InputGradient }, actions[i - 1]);
                }
            }
        }
    }

    [Fact]
    public void OneForwardOneBackward_runs_p_minus_i_warm_up_forwards_and_GPipe_all()
    {
        foreach ((int stages, int microBatches) in ScheduleSizes.All)
        {
            PipelineSchedule oneByOne = new OneForwardOneBackwardSchedule().Generate(stages, microBatches);
            PipelineSchedule gpipe = new GPipeSchedule().Generate(stages, microBatches);
            for (int stage = 0; stage < stages; stage++)
            {
                Assert.Equal(Math.Min(stages - stage, microBatches), WarmUps(oneByOne, stage));
                Assert.Equal(microBatches, WarmUps(gpipe, stage));
            }
        }
        static int WarmUps(PipelineSchedule schedule, int stage) =>
            schedule.ActionsOfStage(stage).TakeWhile(action => action.Kind == ActionKind.Forward).Count();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-1, 4)]
    [InlineData(65536, 65536)]
    public void Generate_with_an_impossible_size_is_refused(int stages, int microBatches) =>
        Assert.All(ScheduleCatalog.Names, name =>
            Assert.Throws<ArgumentOutOfRangeException>(() => ScheduleCatalog.Get(name).Generate(stages, microBatches)));

    [Fact]
    public void A_stage_on_a_device_that_is_not_there_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => ScheduleSizes.Written(1, [0, 2], "0F0", "1F0"));
        Assert.Contains("stage 1 is on device 2, but there are 2 devices", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schedule_keeps_its_order_when_the_lists_it_came_from_change()
    {
        PipelineAction[] actions = ScheduleSizes.Parse("0F0 0B0 0W0");
        int[] devices = [0];
        var schedule = new PipelineSchedule("written", 1, devices, [actions]);
        actions[0] = new PipelineAction(9, ActionKind.Forward, 9);
        devices[0] = 5;
        Assert.Equal(ScheduleSizes.Parse("0F0 0B0 0W0"), schedule.ActionsOf(0));
        Assert.Equal(0, schedule.DeviceOf(0));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void A_stage_or_device_outside_is_refused(int index)
    {
        PipelineSchedule schedule = new GPipeSchedule().Generate(2, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.DeviceOf(index));
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.ActionsOf(index));
    }
}
