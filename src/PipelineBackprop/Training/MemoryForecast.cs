using PipelineBackprop.Compute;

namespace PipelineBackprop.Training;

/// <summary>
/// Predicts peak memory by running the pipeline dry: the same blocks, layers, pools and schedule on a device that computes and holds nothing. What a
/// layer rents is what gets counted, so the forecast needs no formula of its own.
/// </summary>
public static class MemoryForecast
{
    /// <summary>Peak memory of training.</summary>
    /// <param name="options">The pipeline; its devices are not opened, but what falls on each must fit into its memory.</param>
    /// <param name="batchSize">Examples of a minibatch.</param>
    /// <param name="evaluated">Examples of the largest set that is evaluated; 0 for none.</param>
    /// <param name="cancellationToken">Stops the dry run.</param>
    /// <exception cref="InvalidInputException">Options that cannot work, or a device with less memory than its stages need.</exception>
    public static async Task<MemoryReport> TrainingAsync(
        PipelineOptions options, int batchSize, int evaluated, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = DevicePlacement.Resolve(options);
        Pipeline pipeline = await Pipeline.CreateAsync(options with { Devices = [new DryDevice()] }, cancellationToken).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            await pipeline.TrainStepAsync(Blank(pipeline, batchSize), cancellationToken).ConfigureAwait(false);
            if (evaluated > 0)
                await pipeline.EvaluateAsync(Blank(pipeline, Math.Min(evaluated, pipeline.ForwardChunkRows)), cancellationToken).ConfigureAwait(false);
            DevicePlacement.RequireRoom(options, pipeline.Ledger);
            return MemoryReport.Of(pipeline.Ledger);
        }
    }

    /// <summary>Peak memory of prediction alone on <paramref name="rows"/> rows.</summary>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public static async Task<MemoryReport> InferenceAsync(PipelineOptions options, int rows, CancellationToken cancellationToken = default)
    {
        Pipeline pipeline = await Pipeline.CreateAsync(options with { Devices = [new DryDevice()] }, cancellationToken).ConfigureAwait(false);
        await using (pipeline.ConfigureAwait(false))
        {
            // Larger sets go through in chunks of that many rows.
            int atOnce = Math.Min(rows, pipeline.ForwardChunkRows);
            await pipeline.PredictAsync(new float[checked(atOnce * pipeline.Inputs)], atOnce, cancellationToken).ConfigureAwait(false);
            MemoryReport report = MemoryReport.Of(pipeline.Ledger);
            return report with { Gradients = 0, OptimizerState = 0, Total = report.Total - report.Gradients - report.OptimizerState };
        }
    }

    private static Minibatch Blank(Pipeline pipeline, int rows) =>
        new(new float[checked(rows * pipeline.Inputs)], new float[checked(rows * pipeline.TargetWidth)], rows);
}
