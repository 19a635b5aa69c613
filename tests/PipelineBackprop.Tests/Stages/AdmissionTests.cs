using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>What a stage admits comes from the schedule, in its order, never from what happens to arrive first.</summary>
public sealed class AdmissionTests
{
    private const int Stages = 4, MicroBatches = 4;

    [Theory]
    [InlineData("gpipe")]
    [InlineData("1f1b")]
    public async Task Every_stage_runs_its_actions_in_the_order_of_the_schedule(string name)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        ProbeLayer[] layers = ProbePipeline.Layers();
        var ran = new List<string>[Stages];
        int[] firsts = [.. MicroBatchRange.Split(ProbePipeline.Examples, MicroBatches).Select(range => range.First)];
        for (int stage = 0; stage < Stages; stage++)
        {
            List<string> own = ran[stage] = [];
            layers[stage].Before = (context, action) => own.Add($"{action.Letter()}{Array.IndexOf(firsts, context.FirstExample)}");
        }
        await using Pipeline pipeline = await Pipeline.CreateAsync(ProbePipeline.Options(layers, Stages, MicroBatches, name), token);

        await pipeline.TrainStepAsync(ProbePipeline.Minibatch(1), token);

        PipelineSchedule schedule = ScheduleCatalog.Get(name).Generate(Stages, MicroBatches);
        for (int stage = 0; stage < Stages; stage++)
            Assert.Equal([.. schedule.ActionsOfStage(stage).Select(action => $"{action.Kind.Letter()}{action.MicroBatch}")], ran[stage]);
    }
}
