using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>What a device admits comes from the schedule, in its order, never from what happens to arrive first.</summary>
public sealed class AdmissionTests
{
    private const int Stages = 4, MicroBatches = 4;

    [Theory]
    [InlineData("gpipe")]
    [InlineData("1f1b")]
    [InlineData("zb-h2")]
    [InlineData("interleaved-1f1b")]
    [InlineData("looped-bfs")]
    [InlineData("interleaved-zb")]
    [InlineData("zb-v")]
    [InlineData("v-half")]
    [InlineData("v-min")]
    public async Task Every_device_runs_its_actions_in_the_order_of_the_schedule_on_one_thread(string name)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        ProbeLayer[] layers = ProbePipeline.Layers();
        IScheduleGenerator generator = ScheduleCatalog.Get(name);
        PipelineSchedule schedule = generator.Generate(Stages / generator.Chunks.Default, MicroBatches);
        List<PipelineAction>[] ran = [.. Enumerable.Range(0, schedule.DeviceCount).Select(_ => new List<PipelineAction>())];
        HashSet<int>[] threads = [.. ran.Select(_ => new HashSet<int>())];
        int[] firsts = [.. MicroBatchRange.Split(ProbePipeline.Examples, MicroBatches).Select(range => range.First)];
        for (int stage = 0; stage < Stages; stage++)
        {
            int own = stage, device = schedule.DeviceOf(stage);
            layers[stage].Before = (context, action) =>
            {
                ran[device].Add(new PipelineAction(own, action, Array.IndexOf(firsts, context.FirstExample)));
                threads[device].Add(Environment.CurrentManagedThreadId);
            };
        }
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, schedule.DeviceCount, MicroBatches, name), token);

        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), token);

        for (int device = 0; device < schedule.DeviceCount; device++) Assert.Equal(schedule.ActionsOf(device), ran[device]);
        Assert.All(threads, own => Assert.Single(own));
        Assert.Equal(schedule.DeviceCount, threads.SelectMany(own => own).Distinct().Count());
    }
}
