using System.Globalization;
using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Inference;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>Prediction with 784-256-10 against ONNX Runtime on the same weights, best of 1 and 2 threads on both sides.</summary>
internal sealed class InferenceSection : ISection
{
    private const double LeastRatio = 1.0, Tolerance = 1e-4, Seconds = 1.4, SecondsOfQuick = 0.7, PeerSeconds = 2, PeerSecondsOfQuick = 0.25;

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
            Sampler sampler = run.Sampler(run.IsFull ? Seconds : SecondsOfQuick);
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
        for (int i = 0; i < byThreads.Length; i++) table.Rows.Add([name.Split(' ')[^1], how, $"{run.ThreadCounts[i]}", Measure.OfSeconds(byThreads[i].Median).Text]);
        int best = byThreads[0].Median <= byThreads[^1].Median ? 0 : byThreads.Length - 1;
        run.Rows.Add(Row.OfTimes(name, byThreads[best].Median, $"{how}, {Words.Threads(run.ThreadCounts[best])}", peer?.Seconds, $"ONNX Runtime, {peer?.Label}", leastRatio));
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

    // The peer is a program of its own, and takes turns with ours.
    private static async Task<(Samples[] Ours, PeerResult? Peer)> MeasureAsync(
        SectionRun run, Sampler sampler, Work[] works, Pipeline pipeline, Predictor predictor, Minibatch minibatch, DetailTable table)
    {
        if (run.Peers is null) return (await sampler.MeasureAsync(works), null);
        using PeerFiles files = await PeerFiles.WriteAsync(pipeline, minibatch);
        int[] counts = run.IsFull ? run.ThreadCounts : [run.ThreadCounts[^1]];
        double seconds = (run.IsFull ? PeerSeconds : PeerSecondsOfQuick) / sampler.Turns;
        IReadOnlyList<PeerSession> sessions = await run.Peers.StartAsync(
            run, "onnxruntime", files, ["--warmups", "1000", "--seconds", seconds.ToString("0.000", CultureInfo.InvariantCulture)],
            counts.Select(threads => (Words.Threads(threads), new[] { "--threads", $"{threads}" })));
        try
        {
            Samples[] ours = await sampler.MeasureAsync(works, sessions);
            IReadOnlyList<PeerResult> results = await run.Peers.EndAsync(run, "onnxruntime", sessions);
            float[] outputs = predictor.Predict(minibatch.Inputs.Span);
            return (ours, FastestOfEqual(run, results, [.. outputs[..pipeline.Outputs].Select(value => (double)value)], minibatch.Count, table));
        }
        finally
        {
            foreach (PeerSession session in sessions) session.Dispose();
        }
    }

    private static PeerResult? FastestOfEqual(SectionRun run, IReadOnlyList<PeerResult> results, double[] first, int batch, DetailTable table)
    {
        List<PeerResult> equal = [];
        foreach (PeerResult result in results)
        {
            table.Rows.Add([$"{batch}", "ONNX Runtime", result.Label.Split(' ')[0], Measure.OfSeconds(result.Seconds).Text]);
            double distance = result.DistanceFrom(first, relativeToLargest: true);
            if (distance <= Tolerance) equal.Add(result);
            else run.Faults.Add($"inference, batch {batch}: the outputs differ from the peer's by {distance:0.0e0} of the largest; at most {Tolerance:0e0} is equal work.");
        }
        if (equal.Count > 0) run.Notes.Add($"Batch {batch}: the outputs differ from the peer's by {equal.Max(one => one.DistanceFrom(first, relativeToLargest: true)):0.0e0} of the largest at most.");
        return equal.MinBy(result => result.Seconds);
    }
}
