using System.Diagnostics;
using System.Numerics.Tensors;
using PipelineBackprop.Blocks;
using PipelineBackprop.Data;
using PipelineBackprop.Losses;
using PipelineBackprop.Stages;

namespace PipelineBackprop.Training;

/// <content>Prediction and evaluation.</content>
public sealed partial class Pipeline
{
    // Small enough for the caches and for an even flow through the stages, large enough for full tiles of the matrix product.
    private const int ForwardRowsPerMicroBatch = 128;

    // However many micro-batches a step may have.
    private const int MostForwardRows = 1 << 20;

    /// <summary>Rows that go through the stages together in evaluation and prediction.</summary>
    internal int ForwardChunkRows => (int)Math.Min((long)ForwardRowsPerMicroBatch * Math.Max(Options.MicroBatches, Options.Stages), MostForwardRows);

    /// <summary>The outputs [rows×Outputs] of the network for inputs [rows×Inputs], dropout off.</summary>
    /// <remarks>Outputs that are not finite are returned as they are; <see cref="EvaluateAsync(Minibatch, CancellationToken)"/> refuses a loss that is not.</remarks>
    /// <exception cref="InvalidInputException">The inputs do not hold that many rows, or the outputs do not fit into one array.</exception>
    /// <exception cref="PipelineException">A layer failed or stalled; names the place.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<float[]> PredictAsync(ReadOnlyMemory<float> inputs, int rows, CancellationToken cancellationToken = default)
    {
        MinibatchValidator.ValidateInputs(this, inputs, rows);
        MinibatchValidator.ValidateOutputs(this, rows);
        var outputs = new float[rows * Outputs];
        await ForwardAsync(PassMode.Predict, new PassData(inputs, default, outputs), rows, chunkEnded: null, cancellationToken).ConfigureAwait(false);
        return outputs;
    }

    /// <summary>The outputs as a tensor [n, Outputs] for a tensor whose first dimension counts the n examples.</summary>
    public async Task<Tensor<float>> PredictAsync(Tensor<float> inputs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ReadOnlyTensorSpan<float> span = inputs.AsReadOnlyTensorSpan();
        int rows = Minibatch.CountOf(span);
        float[] outputs = await PredictAsync(Minibatch.Flatten(span), rows, cancellationToken).ConfigureAwait(false);
        return Tensor.Create(outputs, [rows, Outputs]);
    }

    /// <summary>Mean loss and, for classes, accuracy on a data set; dropout off.</summary>
    public Task<EvaluationResult> EvaluateAsync(Dataset data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Count == 0) throw new InvalidInputException($"{data.Name} has no example to evaluate on.");
        return EvaluateAsync(new Minibatch(data.Inputs, data.Targets, data.Count), cancellationToken);
    }

    /// <summary>Mean loss and, for classes, accuracy on examples in host memory; dropout off.</summary>
    public async Task<EvaluationResult> EvaluateAsync(Minibatch examples, CancellationToken cancellationToken = default)
    {
        MinibatchValidator.Validate(this, examples);
        if (Options.Loss.Targets == TargetKind.ClassIndex) MinibatchValidator.ValidateOutputs(this, examples.Count);
        long started = Stopwatch.GetTimestamp();
        var tally = new EvaluationTally(this, examples);
        await ForwardAsync(
            PassMode.Evaluate, new PassData(examples.Inputs, examples.Targets, tally.Outputs), examples.Count, tally.Add, cancellationToken).ConfigureAwait(false);
        return tally.Result(Stopwatch.GetElapsedTime(started));
    }

    /// <summary>
    /// Forward passes over any number of rows, a chunk of micro-batches at a time so that no stage runs far ahead of the next.
    /// </summary>
    private async Task ForwardAsync(
        PassMode mode, PassData data, int rows, Action<int, int, IReadOnlyList<double>>? chunkEnded, CancellationToken cancellationToken)
    {
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        Activity? activity = null;
        try
        {
            activity = _telemetry.Start(mode == PassMode.Predict ? "predict" : "evaluate")?.SetTag("examples", rows);
            for (int first = 0, count; first < rows; first += count)
            {
                count = Math.Min(ForwardChunkRows, rows - first);
                MicroBatchRange[] ranges = MicroBatchRange.Cut(count, ForwardRowsPerMicroBatch);
                PassData chunk = MinibatchValidator.Slice(this, data, first, count);
                var request = new PassRequest(mode, StepsTaken, ranges, chunk, _schedules.Forward(ranges.Length), Seat: NewestSeat);
                PassResult result = await RunAsync(request, cancellationToken).ConfigureAwait(false);
                chunkEnded?.Invoke(first, count, result.LossSums);
            }
            StepTelemetry.End(activity, thrown: null);
        }
        catch (Exception exception)
        {
            StepTelemetry.End(activity, exception);
            throw;
        }
        finally
        {
            _turns.LeaveAlone();
        }
    }
}
