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

    /// <summary>The results whose losses agree with ours.</summary>
    public IReadOnlyList<PeerResult> Equal(SectionRun run, string work, IReadOnlyList<PeerResult> results) =>
        Equal(run, results, Losses, relativeToLargest: false, $"{work}: the losses of {Steps} steps from the same weights");

    /// <summary>The results whose numbers agree with ours; a note says how far they are, and those that do not agree are a fault.</summary>
    /// <param name="run">Takes the note, or the fault.</param>
    /// <param name="results">The peer's.</param>
    /// <param name="ours">Our losses or outputs.</param>
    /// <param name="relativeToLargest">Whether a difference is counted relative to the largest number.</param>
    /// <param name="what">Which numbers they are.</param>
    public static IReadOnlyList<PeerResult> Equal(SectionRun run, IReadOnlyList<PeerResult> results, IReadOnlyList<double> ours, bool relativeToLargest, string what)
    {
        List<PeerResult> equal = [];
        double farthest = 0;
        foreach (PeerResult result in results)
        {
            double distance = result.DistanceFrom(ours, relativeToLargest);
            farthest = Math.Max(farthest, distance);
            if (distance <= Tolerance) equal.Add(result);
            else run.Faults.Add($"{what} differ from the peer's ({result.Label}) by {distance:0.0e0}, relative; at most {Tolerance:0e0} is equal work.");
        }
        if (equal.Count > 0) run.Notes.Add($"{what} differ from the peer's by {farthest:0.0e0} at most, relative{(relativeToLargest ? " to the largest" : "")}.");
        return equal;
    }

    public void Dispose() => Files.Dispose();
}
