using PipelineBackprop.Compute;

namespace PipelineBackprop.Training;

/// <summary>
/// Predicts peak memory by running the pipeline dry: the same blocks, layers, pools and schedule on a device that computes and holds nothing. What a
/// layer rents is what gets counted, so the forecast needs no formula of its own.
/// </summary>
public static class MemoryForecast
{
    /// <summary>Peak memory of training.</summary>
    /// <param name="options">The pipeline; its devices are asked what they would hold, not opened, but what falls on each must fit into its memory.</param>
    /// <param name="batchSize">Examples of a minibatch.</param>
    /// <param name="evaluated">Examples of the largest set that is evaluated; 0 for none.</param>
    /// <param name="cancellationToken">Stops the dry run.</param>
    /// <exception cref="InvalidInputException">Options that cannot work, or a device with less memory than its stages need.</exception>
    public static async Task<MemoryReport> TrainingAsync(
        PipelineOptions options, int batchSize, int evaluated, CancellationToken cancellationToken = default) =>
        MemoryReport.Sum(await TrainingByStageAsync(options, batchSize, evaluated, cancellationToken).ConfigureAwait(false));

    /// <summary>Peak memory of training, of each stage.</summary>
    /// <inheritdoc cref="TrainingAsync"/>
    public static async Task<IReadOnlyList<MemoryReport>> TrainingByStageAsync(
        PipelineOptions options, int batchSize, int evaluated, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = await DevicePlacement.ResolveAsync(options, cancellationToken: cancellationToken).ConfigureAwait(false);
        Pipeline pipeline = await Pipeline.CreateAsync(Dry(options) with { InferenceOnly = false }, cancellationToken).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            // Packed weights stay once they are there, so the second round takes the most.
            for (int round = 0; round < 2; round++)
            {
                await pipeline.TrainStepAsync(Blank(pipeline, batchSize), cancellationToken).ConfigureAwait(false);
                if (evaluated > 0)
                    await pipeline.EvaluateAsync(Blank(pipeline, Math.Min(evaluated, pipeline.ForwardChunkRows)), cancellationToken).ConfigureAwait(false);
            }
            DevicePlacement.RequireRoom(options, pipeline.Ledger);
            return MemoryReport.ByStage(pipeline.Ledger);
        }
    }

    /// <summary>Peak memory of prediction alone, as <see cref="PipelineOptions.InferenceOnly"/> does it, on <paramref name="rows"/> rows.</summary>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public static async Task<MemoryReport> InferenceAsync(PipelineOptions options, int rows, CancellationToken cancellationToken = default) =>
        MemoryReport.Sum(await InferenceByStageAsync(options, rows, cancellationToken).ConfigureAwait(false));

    /// <summary>Peak memory of prediction alone, of each stage.</summary>
    /// <inheritdoc cref="InferenceAsync"/>
    public static async Task<IReadOnlyList<MemoryReport>> InferenceByStageAsync(PipelineOptions options, int rows, CancellationToken cancellationToken = default)
    {
        Pipeline pipeline = await Pipeline.CreateAsync(Dry(options) with { InferenceOnly = true }, cancellationToken).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            // Larger sets go through in chunks of that many rows.
            int atOnce = Math.Min(rows, pipeline.ForwardChunkRows);
            // As in training: packed weights stay.
            for (int round = 0; round < 2; round++)
                await pipeline.PredictAsync(new float[checked(atOnce * pipeline.Inputs)], atOnce, cancellationToken).ConfigureAwait(false);
            return MemoryReport.ByStage(pipeline.Ledger);
        }
    }

    /// <summary>The options with a dry device in the place of every device, the same one for stages that share one.</summary>
    private static PipelineOptions Dry(PipelineOptions options)
    {
        PipelineOptionsValidator.RequireNoNull(options);
        if (options.Devices.Count == 0) return options with { Devices = [new DryDevice(CpuDevice.Instance)] };
        Dictionary<IDevice, IDevice> dry = options.Devices.Distinct().ToDictionary(device => device, device => (IDevice)new DryDevice(device));
        return options with { Devices = [.. options.Devices.Select(device => dry[device])] };
    }

    private static Minibatch Blank(Pipeline pipeline, int rows) =>
        new(new float[checked(rows * pipeline.Inputs)], new float[checked(rows * pipeline.TargetWidth)], rows);
}
