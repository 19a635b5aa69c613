using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>Prediction with 784-256-10 against ONNX Runtime on the same weights, best of 1 and 2 threads on both sides.</summary>
internal sealed class InferenceSection : ISection
{
    private const double LeastRatio = 1.0, Tolerance = 1e-4;

    public string Name => "inference";

    public string Title => "Inference, 784-256-10";

    public async Task MeasureAsync(SectionRun run)
    {
        run.Notes.Add("Ours is Pipeline.PredictAsync of a one-stage pipeline, awaited call by call, with a new array for each result; the peer writes into memory that is used again, its fastest way.");
        var table = new DetailTable("Medians", ["batch", "how", "threads", "a call"]);
        foreach (int batch in new[] { 1, 64 }) await MeasureAsync(run, batch, table);
        run.Details.Add(table);
    }

    private static async Task MeasureAsync(SectionRun run, int batch, DetailTable table)
    {
        List<Pipeline> pipelines = [];
        try
        {
            foreach (int threads in run.ThreadCounts)
                pipelines.Add(await Pipeline.CreateAsync(new StepCase(StepNetwork.Usual.Widths, batch, Stages: 1, MicroBatches: 1, threads).Options));
            Minibatch minibatch = new StepCase(StepNetwork.Usual.Widths, batch, Stages: 1, MicroBatches: 1, Threads: 1).CreateMinibatch();
            Work[] works = [.. pipelines.Select(pipeline => Predict(pipeline, minibatch))];
            Sampler sampler = run.Sampler(seconds: 0.7);
            Samples[] before = await sampler.MeasureAsync(works);
            PeerResult? peer = await MeasurePeerAsync(run, pipelines[0], minibatch, table);
            Samples[] all = [.. before.Zip(await sampler.MeasureAsync(works), (one, other) => one.With(other))];
            for (int i = 0; i < all.Length; i++) table.Rows.Add([$"{batch}", "ours", $"{run.ThreadCounts[i]}", Measure.OfSeconds(all[i].Median).Text]);
            int best = all[0].Median <= all[^1].Median ? 0 : all.Length - 1;
            run.Rows.Add(Row.OfTimes(
                $"inference, batch {batch}", all[best].Median, Words.Threads(run.ThreadCounts[best]), peer?.Seconds, $"ONNX Runtime, {peer?.Label}", LeastRatio));
        }
        finally
        {
            foreach (Pipeline pipeline in pipelines) await pipeline.DisposeAsync();
        }
    }

    private static Work Predict(Pipeline pipeline, Minibatch minibatch) => async repeats =>
    {
        for (int i = 0; i < repeats; i++) await pipeline.PredictAsync(minibatch.Inputs, minibatch.Count);
    };

    private static async Task<PeerResult?> MeasurePeerAsync(SectionRun run, Pipeline pipeline, Minibatch minibatch, DetailTable table)
    {
        using PeerFiles files = await PeerFiles.WriteAsync(pipeline, minibatch);
        float[] outputs = await pipeline.PredictAsync(minibatch.Inputs, minibatch.Count);
        if (run.Peers is null) return null;
        int[] counts = run.IsFull ? run.ThreadCounts : [run.ThreadCounts[^1]];
        IReadOnlyList<PeerResult> results = await run.Peers.RunAsync(
            run, "onnxruntime", files, ["--warmups", "1000", "--seconds", run.IsFull ? "2" : "0.5"],
            counts.Select(threads => (Words.Threads(threads), new[] { "--threads", $"{threads}" })));
        double[] first = [.. outputs[..pipeline.Outputs].Select(value => (double)value)];
        List<PeerResult> equal = [];
        foreach (PeerResult result in results)
        {
            table.Rows.Add([$"{minibatch.Count}", "ONNX Runtime", result.Label.Split(' ')[0], Measure.OfSeconds(result.Seconds).Text]);
            double distance = result.DistanceFrom(first, relativeToLargest: true);
            if (distance <= Tolerance) equal.Add(result);
            else run.Faults.Add($"inference, batch {minibatch.Count}: the outputs differ from the peer's by {distance:0.0e0} of the largest; at most {Tolerance:0e0} is equal work.");
        }
        if (equal.Count > 0) run.Notes.Add($"Batch {minibatch.Count}: the outputs differ from the peer's by {equal.Max(one => one.DistanceFrom(first, relativeToLargest: true)):0.0e0} of the largest at most.");
        return equal.MinBy(result => result.Seconds);
    }
}
