using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>Whether a peer does the same work: the losses of ten steps from the same weights, with a decay that shows when it is left out.</summary>
internal sealed class EqualWork : IDisposable
{
    /// <summary>Steps whose losses are compared.</summary>
    public const int Steps = 10;

    private const double LearningRate = 0.01, Lambda = 0.1, Tolerance = 1e-4;

    private EqualWork(PeerFiles files, double[] losses) => (Files, Losses) = (files, losses);

    /// <summary>What the peers are told.</summary>
    public static string[] PeerOptions { get; } = ["--lr", $"{LearningRate}", "--lambda", $"{Lambda}"];

    public PeerFiles Files { get; }

    /// <summary>Our losses, each from before its update.</summary>
    public double[] Losses { get; }

    /// <summary>Writes the files and takes the steps.</summary>
    public static async Task<EqualWork> PrepareAsync(SectionRun run, StepCase stepCase)
    {
        PipelineOptions options = stepCase.Options with { Optimizer = new SgdOptimizer(LearningRate), WeightDecay = new WeightDecay(Lambda) };
        await using Pipeline pipeline = await Pipeline.CreateAsync(options);
        Minibatch minibatch = stepCase.CreateMinibatch();
        PeerFiles files = await PeerFiles.WriteAsync(pipeline, minibatch);
        double[] losses = new double[run.Depth == Depth.Smoke ? 1 : Steps];
        for (int i = 0; i < losses.Length; i++) losses[i] = (await pipeline.TrainStepAsync(minibatch)).Loss;
        return new EqualWork(files, losses);
    }

    /// <summary>The fastest of the results that agree with ours; a note says how far they are, and those that do not agree do not count.</summary>
    public PeerResult? Best(SectionRun run, string work, IEnumerable<PeerResult> results)
    {
        List<PeerResult> equal = [];
        double farthest = 0;
        foreach (PeerResult result in results)
        {
            double distance = result.DistanceFrom(Losses, relativeToLargest: false);
            farthest = Math.Max(farthest, distance);
            if (distance <= Tolerance) equal.Add(result);
            else run.Faults.Add($"{work}: the losses of {Steps} steps differ from the peer's ({result.Label}) by {distance:0.0e0}, relative; at most {Tolerance:0e0} is equal work.");
        }
        if (equal.Count > 0) run.Notes.Add($"{work}: the losses of {Steps} steps from the same weights differ from the peer's by {farthest:0.0e0} at most, relative.");
        return equal.MinBy(result => result.Seconds);
    }

    public void Dispose() => Files.Dispose();
}
