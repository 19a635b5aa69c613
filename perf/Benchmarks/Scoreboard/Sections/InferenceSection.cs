using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Inference;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>Prediction with 784-256-10 against ONNX Runtime on the same weights, best of 1 and 2 threads on both sides.</summary>
internal sealed class InferenceSection : ISection
{
    private const double LeastRatio = 1.0, Seconds = 1, PeerSeconds = 2;

    public string Name => "inference";

    public string Title => "Inference, 784-256-10";

    public async Task MeasureAsync(SectionRun run)
    {
        run.Notes.Add("Ours is Predictor.Predict on the caller's thread; like the peer, in its fastest way, it writes into memory that is used again. The row of the pipeline is Pipeline.PredictAsync with one stage, awaited call by call, with a new array for each result; without a goal.");
        var table = new DetailTable("Medians", ["batch", "how", "threads", "a call"]);
        foreach (int batch in new[] { 1, 64 }) await MeasureAsync(run, batch, table);
        run.Details.Add(table);
    }

    private static async Task MeasureAsync(SectionRun run, int batch, DetailTable table)
    {
        Minibatch minibatch = new StepCase(StepNetwork.Usual.Widths, batch, Stages: 1, MicroBatches: 1, Threads: 1).CreateMinibatch();
        List<Pipeline> pipelines = [];
        List<Predictor> predictors = [];
        try
        {
            foreach (int threads in run.ThreadCounts)
            {
                pipelines.Add(await Pipeline.CreateAsync(new StepCase(StepNetwork.Usual.Widths, batch, Stages: 1, MicroBatches: 1, threads).Options));
                predictors.Add(await pipelines[^1].CreatePredictorAsync(threads));
            }
            Work[] works = [.. predictors.Select(predictor => Predict(predictor, minibatch)), .. pipelines.Select(pipeline => Predict(pipeline, minibatch))];
            Sampler sampler = run.Sampler(Seconds);
            (Samples[] all, PeerResult? peer) = await MeasureAsync(run, sampler, works, pipelines[0], predictors[0], minibatch, table);
            AddRow(run, table, "predictor", $"inference, batch {batch}", all[..predictors.Count], peer, LeastRatio);
            AddRow(run, table, "pipeline", $"inference through the pipeline, batch {batch}", all[predictors.Count..], peer, leastRatio: null);
        }
        finally
        {
            foreach (Predictor predictor in predictors) predictor.Dispose();
            foreach (Pipeline pipeline in pipelines) await pipeline.DisposeAsync();
        }
    }

    private static void AddRow(SectionRun run, DetailTable table, string how, string name, Samples[] byThreads, PeerResult? peer, double? leastRatio)
    {
        for (int i = 0; i < byThreads.Length; i++) table.Rows.Add([name.Split(' ')[^1], how, $"{run.ThreadCounts[i]}", Measure.OfSeconds(byThreads[i].Median)]);
        int best = byThreads[0].Median <= byThreads[^1].Median ? 0 : byThreads.Length - 1;
        run.Rows.Add(Row.OfTimes(name, byThreads[best].Median, $"{how}, {Words.Threads(run.ThreadCounts[best])}", peer?.Seconds, $"ONNX Runtime, {peer?.Label}", leastRatio, byThreads[best].RatioOf(peer)));
    }

    private static Work Predict(Predictor predictor, Minibatch minibatch)
    {
        var outputs = new float[minibatch.Count * predictor.Outputs];
        return repeats =>
        {
            for (int i = 0; i < repeats; i++) predictor.Predict(minibatch.Inputs.Span, outputs);
            return Task.CompletedTask;
        };
    }

    private static Work Predict(Pipeline pipeline, Minibatch minibatch) => async repeats =>
    {
        for (int i = 0; i < repeats; i++) await pipeline.PredictAsync(minibatch.Inputs, minibatch.Count);
    };

    private static async Task<(Samples[] Ours, PeerResult? Peer)> MeasureAsync(
        SectionRun run, Sampler sampler, Work[] works, Pipeline pipeline, Predictor predictor, Minibatch minibatch, DetailTable table)
    {
        if (run.Peers is null) return (await sampler.MeasureAsync(works), null);
        using PeerFiles files = await PeerFiles.WriteAsync(pipeline, minibatch);
        (Samples[] ours, IReadOnlyList<PeerResult> results) = await run.Peers.TakeTurnsAsync(
            run, sampler, works, "onnxruntime", files, run.Seconds(PeerSeconds), ["--warmups", "1000"], PeerRunner.OfThreads(run.ThreadCounts));
        foreach (PeerResult result in results) table.Rows.Add([$"{minibatch.Count}", "ONNX Runtime", result.Label.Split(' ')[0], Measure.OfSeconds(result.Seconds)]);
        double[] first = [.. predictor.Predict(minibatch.Inputs.Span)[..pipeline.Outputs].Select(value => (double)value)];
        return (ours, EqualWork.Equal(run, results, first, relativeToLargest: true, $"Batch {minibatch.Count}: the outputs").MinBy(result => result.Seconds));
    }
}
