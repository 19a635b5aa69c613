using System.Diagnostics;
using PipelineBackprop.Configuration;
using PipelineBackprop.Data;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Trains a few steps of a run, without a folder, to see how long they take.</summary>
internal static class RecordedSteps
{
    /// <summary>Steps that are trained at least, where nobody says how many.</summary>
    public const int UsualSteps = 30;

    // The first steps find code and caches cold, and the processor slow.
    private const int ColdPart = 3;

    /// <summary>How long steps are trained at least, where nobody says how many: short ones are compiled anew, beside the stages, for about a second.</summary>
    public static readonly TimeSpan UsualTime = TimeSpan.FromSeconds(3);

    /// <summary>Trains steps on whole minibatches and gives back the one of the last two thirds that took the median time.</summary>
    /// <param name="options">The pipeline.</param>
    /// <param name="run">Says how minibatches are dealt.</param>
    /// <param name="train">The examples.</param>
    /// <param name="steps">How many, at least 1; null for <see cref="UsualSteps"/>, or more until <see cref="UsualTime"/> has passed.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    public static async Task<StepTimeline> MedianAsync(PipelineOptions options, RunFile run, Dataset train, int? steps, CancellationToken cancellationToken)
    {
        int batch = Math.Min(run.Training.BatchSize, train.Count);
        var sampler = new MinibatchSampler(train.Count, batch, run.Seed, run.Training.Shuffle, dropLast: true);
        int[] indices = new int[batch];
        float[] inputs = new float[checked(batch * train.InputWidth)], targets = new float[checked(batch * train.TargetWidth)];
        var recorded = new List<StepTimeline>();
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, cancellationToken);
        pipeline.RecordsTimeline = true;
        long started = Stopwatch.GetTimestamp();
        while (recorded.Count < (steps ?? UsualSteps) || (steps is null && Stopwatch.GetElapsedTime(started) < UsualTime))
        {
            int count = sampler.Next(indices);
            MinibatchSampler.Gather(train, indices.AsSpan(0, count), inputs, targets);
            recorded.Add((await pipeline.TrainStepAsync(new Minibatch(inputs, targets, count), cancellationToken)).Timeline!);
        }
        StepTimeline[] warm = [.. recorded.Skip(recorded.Count / ColdPart).OrderBy(timeline => timeline.Seconds)];
        return warm[warm.Length / 2];
    }
}
