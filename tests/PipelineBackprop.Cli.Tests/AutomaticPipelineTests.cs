using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class AutomaticPipelineTests
{
    [Fact]
    public void Apply_APlanOfSeveralStagesADevice_SetsThatPlan()
    {
        PipelineSettings settings = AutomaticPipeline.Apply(new PipelineSettings { Threads = 3 }, Plan("zb-v", 2, 4, [0, 2, 3, 5], [Recomputation.Never, Recomputation.Always, Recomputation.Never, Recomputation.Never]));

        Assert.Equal((2, 2, 4, "zb-v", 3), (settings.Stages, settings.Chunks, settings.MicroBatches, settings.Schedule, settings.Threads));
        Assert.Equal([2, 3, 5], settings.Boundaries);
        Assert.Equal([Recomputation.Never, Recomputation.Always, Recomputation.Never, Recomputation.Never], settings.Recomputation);
    }

    [Fact]
    public void Apply_APlanOfOneStageADevice_SaysOnceWhatAllStagesDo()
    {
        PipelineSettings settings = AutomaticPipeline.Apply(new PipelineSettings(), Plan("1f1b", 2, 3, [0, 1], [Recomputation.Always, Recomputation.Always]));

        Assert.Null(settings.Chunks);
        Assert.Equal([Recomputation.Always], settings.Recomputation);
    }

    private static PipelinePlan Plan(string name, int devices, int microBatches, int[] firstLayers, Recomputation[] recomputation)
    {
        PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(devices, microBatches);
        StagePlan[] stages = [.. firstLayers.Select((layer, stage) => new StagePlan(layer, 1, 1, 1, 0) { Device = schedule.DeviceOf(stage), Recomputation = recomputation[stage] })];
        return new PipelinePlan(8, microBatches, name, stages, ScheduleSimulator.Run(schedule, ScheduleTimes.Uniform(stages.Length)), 0);
    }
}
