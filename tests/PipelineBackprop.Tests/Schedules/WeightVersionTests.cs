using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public sealed class WeightVersionTests
{
    [Fact]
    public void PipeDream_2bw_states_its_staleness()
    {
        PipelineSchedule schedule = new PipeDream2BwSchedule(minibatches: 5).Generate(4, 8);

        Assert.Equal(new WeightStaleness(8, Delay: 1, Versions: 2), schedule.Staleness);
        Assert.Equal((5, 40), (schedule.MinibatchCount, schedule.MicroBatchCount));
        Assert.Equal("asynchronous: gradients are 1 update behind the weights they change, 2 weight versions a stage, one update every 8 micro-batches",
            schedule.Staleness!.ToString());
    }

    [Fact]
    public void Two_versions_are_just_enough()
    {
        foreach ((int devices, int microBatches) in ScheduleSizes.Mutable)
        {
            PipelineSchedule schedule = new PipeDream2BwSchedule(minibatches: 4).Generate(devices, microBatches);
            Assert.Null(ScheduleValidator.Validate(schedule));
            Assert.Equal(ScheduleFaultReason.WeightVersion, ScheduleValidator.Validate(With(schedule, schedule.Staleness! with { Versions = 1 }))?.Reason);
        }
    }

    [Fact]
    public void A_minibatch_that_begins_before_its_update_is_refused()
    {
        PipelineSchedule schedule = new PipeDream2BwSchedule().Generate(2, 2);
        ScheduleFault? fault = ScheduleValidator.Validate(With(schedule, schedule.Staleness! with { Delay = 0 }));
        Assert.Equal("0F2 needs the weights after 1 updates, but only 0 have been taken on stage 0", fault?.Message);
    }

    [Fact]
    public void One_version_too_few_is_named()
    {
        PipelineSchedule schedule = new PipeDream2BwSchedule().Generate(1, 1);
        ScheduleFault? fault = ScheduleValidator.Validate(With(schedule, schedule.Staleness! with { Versions = 1 }));
        Assert.Equal("0W0 leaves stage 0 with 2 weight versions, but there are 1", fault?.Message);
    }

    [Fact]
    public void Micro_batches_that_make_up_no_whole_updates_are_refused() =>
        Assert.Throws<ArgumentException>(() => new PipelineSchedule("odd", 5, [0], [[]], new WeightStaleness(2, 1, 2)));

    private static PipelineSchedule With(PipelineSchedule schedule, WeightStaleness staleness) =>
        new(schedule.Name, schedule.MicroBatchCount, [.. Enumerable.Range(0, schedule.StageCount).Select(schedule.DeviceOf)],
            [.. Enumerable.Range(0, schedule.DeviceCount).Select(schedule.ActionsOf)], staleness);
}
