using PipelineBackprop.Checkpoints;
using PipelineBackprop.Configuration;
using PipelineBackprop.Gpu;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Makes the pipeline of a run with the parameters of a checkpoint.</summary>
internal static class TrainedPipeline
{
    /// <summary>Builds the pipeline and loads its parameters.</summary>
    /// <param name="run">The run's settings.</param>
    /// <param name="data">What its data looks like.</param>
    /// <param name="folder">Where its checkpoints are.</param>
    /// <param name="best">Take the best checkpoint instead of the latest.</param>
    /// <param name="error">Hears of checkpoints that were passed over.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static async Task<Pipeline> LoadAsync(
        RunFile run, DataDescription data, RunFolder folder, bool best, TextWriter error, CancellationToken cancellationToken)
    {
        CheckpointStore store = folder.Checkpoints();
        LoadedCheckpoint loaded = best ? await store.LoadBestAsync(cancellationToken) : await store.LoadLatestAsync(cancellationToken);
        foreach (string sentence in loaded.Skipped) await error.WriteLineAsync(sentence);
        Pipeline pipeline = await Pipeline.CreateAsync(RunModel.CreateOptions(run, data, DeviceCatalog.Find) with { InferenceOnly = true }, cancellationToken);
        try
        {
            await GivenWeights.NameSourceAsync(
                $"checkpoint {loaded.Directory}", () => pipeline.LoadParametersAsync(loaded.Checkpoint.Parameters, cancellationToken));
            return pipeline;
        }
        catch
        {
            await pipeline.DisposeAsync();
            throw;
        }
    }
}
