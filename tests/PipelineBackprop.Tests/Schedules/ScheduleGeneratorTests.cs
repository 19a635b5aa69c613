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
    public void Every_size_is_valid_and_every_device_owns_as_many_stages(string name)
    {
        foreach ((int devices, int microBatches) in ScheduleSizes.All)
        {
            IScheduleGenerator generator = ScheduleCatalog.Get(name);
            for (int chunks = generator.Chunks.Least; chunks <= Math.Min(generator.Chunks.Most, 4); chunks++)
            {
                PipelineSchedule schedule = generator.Generate(new ScheduleSize(devices, microBatches, chunks));
                Assert.Null(ScheduleValidator.Validate(schedule));
                Assert.True(new NaiveExecutor(schedule).RunToTheEnd());
                Assert.Equal((name, devices * chunks, microBatches * schedule.MinibatchCount, devices),
                    (schedule.Name, schedule.StageCount, schedule.MicroBatchCount, schedule.DeviceCount));
                Assert.All(Enumerable.Range(0, devices), device => Assert.Equal(chunks, schedule.StagesOf(device).Count));
                // Looked for once: searching all stages for each device takes minutes where there are tens of thousands.
                Assert.Same(schedule.StagesOf(devices - 1), schedule.StagesOf(devices - 1));
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_stage_runs_each_kind_in_micro_batch_order(string name)
    {
        foreach (PipelineSchedule schedule in ScheduleSizes.Of(name, ScheduleSizes.All))
        {
            for (int stage = 0; stage < schedule.StageCount; stage++)
            {
                ILookup<ActionKind, int> byKind = schedule.ActionsOfStage(stage).ToLookup(action => action.Kind, action => action.MicroBatch);
                foreach (ActionKind kind in Enum.GetValues<ActionKind>())
                    Assert.Equal(Enumerable.Range(0, schedule.MicroBatchCount), byKind[kind]);
            }
        }
    }

    [Theory]
    [InlineData("gpipe")]
    [InlineData("1f1b")]
    [InlineData("interleaved-1f1b")]
    [InlineData("looped-bfs")]
    [InlineData("pipedream-2bw")]
    public void Weight_gradient_follows_its_input_gradient_directly(string name)
    {
        foreach (PipelineSchedule schedule in ScheduleSizes.Of(name, ScheduleSizes.All))
        {
            for (int device = 0; device < schedule.DeviceCount; device++)
            {
                IReadOnlyList<PipelineAction> actions = schedule.ActionsOf(device);
                for (int i = 0; i < actions.Count; i++)
                {
                    if (actions[i].Kind == ActionKind.WeightGradient)
                        Assert.Equal(actions[i] with { Kind = ActionKind.InputGradient }, actions[i - 1]);
                }
            }
        }
    }

    [Theory]
    [InlineData("zb-v")]
    [InlineData("v-half")]
    [InlineData("v-min")]
    public void Folded_schedules_put_the_first_and_the_last_stage_on_the_first_device(string name)
    {
        PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(3, 4);
        Assert.Equal([0, 1, 2, 2, 1, 0], Enumerable.Range(0, 6).Select(schedule.DeviceOf));
    }

    [Theory]
    [InlineData("interleaved-1f1b")]
    [InlineData("looped-bfs")]
    [InlineData("interleaved-zb")]
    public void Looped_schedules_go_round_the_devices(string name)
    {
        PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(new ScheduleSize(2, 4, 3));
        Assert.Equal([0, 1, 0, 1, 0, 1], Enumerable.Range(0, 6).Select(schedule.DeviceOf));
    }

    [Fact]
    public void One_chunk_interleaved_is_1f1b_and_zero_bubble_is_H1()
    {
        foreach ((int devices, int microBatches) in ScheduleSizes.All.Where(size => size.MicroBatches % size.Devices == 0))
        {
            var size = new ScheduleSize(devices, microBatches);
            PipelineSchedule zeroBubble = new InterleavedZeroBubbleSchedule().Generate(size), h1 = new ZeroBubbleH1Schedule().Generate(size);
            for (int device = 0; device < devices; device++) Assert.Equal(h1.ActionsOf(device), zeroBubble.ActionsOf(device));
        }
    }

    [Fact]
    public void Take_strikes_out_the_last_micro_batches_and_stays_valid()
    {
        foreach (PipelineSchedule schedule in ScheduleCatalog.Names.Except(["pipedream-2bw"]).SelectMany(name => ScheduleSizes.Of(name, [(3, 7), (4, 5)])))
        {
            for (int microBatches = 1; microBatches <= schedule.MicroBatchCount; microBatches++)
            {
                PipelineSchedule part = schedule.Take(microBatches);
                Assert.Null(ScheduleValidator.Validate(part));
                Assert.Equal(microBatches, part.MicroBatchCount);
            }
            Assert.Throws<ArgumentOutOfRangeException>(() => schedule.Take(schedule.MicroBatchCount + 1));
        }
    }

    [Theory]
    [InlineData("1f1b", 2)]
    [InlineData("zb-h2", 2)]
    [InlineData("zb-v", 1)]
    [InlineData("v-min", 3)]
    [InlineData("interleaved-1f1b", 0)]
    public void Chunks_a_schedule_is_not_for_are_refused(string name, int chunks) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ScheduleCatalog.Get(name).Generate(new ScheduleSize(2, 2, chunks)));

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
