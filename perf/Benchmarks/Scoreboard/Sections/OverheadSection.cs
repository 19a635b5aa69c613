using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>What blocks, messages and threads cost: a step through a one-stage pipeline against the same layers called one after the other.</summary>
internal sealed class OverheadSection : ISection
{
    private const double LeastRatio = 0.97;

    public string Name => "overhead";

    public string Title => "One-stage pipeline against the same layers without blocks";

    public async Task MeasureAsync(SectionRun run)
    {
        run.Notes.Add("Of the larger network both run on the stage's thread, of the small one on the caller's, for cores that are shared with other guests are not equally fast.");
        run.Notes.Add("The small network is shown without a goal: its step is so short that a few messages are a part of it that shows.");
        foreach (StepNetwork network in new[] { StepNetwork.Deep, StepNetwork.Small })
            foreach (int threads in run.ThreadCounts)
                await MeasureAsync(run, network, threads);
    }

    private static async Task MeasureAsync(SectionRun run, StepNetwork network, int threads)
    {
        StepCase stepCase = network.OneStage(threads);
        Minibatch minibatch = stepCase.CreateMinibatch();
        using var layers = new LayerStep(stepCase);
        await using Pipeline pipeline = await Pipeline.CreateAsync(stepCase.Options);
        double alone = 0, piped = 0;
        Samples[] samples = await run.Sampler(seconds: 1.2, rests: false).MeasureAsync(
            repeats => OnThreadOf(pipeline, network, () =>
            {
                for (int i = 0; i < repeats; i++) alone = layers.Take();
            }),
            async repeats =>
            {
                for (int i = 0; i < repeats; i++) piped = (await pipeline.TrainStepAsync(minibatch)).Objective;
            });
        if (!double.IsFinite(alone) || !double.IsFinite(piped)) throw new InvalidOperationException($"The objectives of {network} are {alone} and {piped}; both must be finite.");
        run.Rows.Add(Row.OfTimes(
            $"pipeline, {network}, {Words.Threads(threads)}", samples[1].Median, "pipeline", samples[0].Median, "layers alone",
            network == StepNetwork.Deep ? LeastRatio : null, samples[1].RatioOf(samples[0])));
    }

    // Where a step through the pipeline computes: so short a one as the small network's on its caller's thread.
    private static Task OnThreadOf(Pipeline pipeline, StepNetwork network, Action work)
    {
        if (network != StepNetwork.Small) return Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, pipeline.ThreadOf(stage: 0));
        work();
        return Task.CompletedTask;
    }
}
