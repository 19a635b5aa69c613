using PipelineBackprop.Checkpoints;
using PipelineBackprop.Inference;

namespace PipelineBackprop.Training;

/// <content>Parameters, optimizer state and checkpoints.</content>
public sealed partial class Pipeline
{
    /// <summary>s = λ/2 Σ‖W‖²_F at the current parameters; 0 without coupled decay.</summary>
    public async Task<double> RegularizationAsync(CancellationToken cancellationToken = default)
    {
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try { return await StageTransfer.RegularizationAsync(_coordinator.Stages).ConfigureAwait(false); }
        finally { _turns.LeaveAlone(); }
    }

    /// <summary>A copy of all parameters, in layer order.</summary>
    public async Task<IReadOnlyList<ParameterValues>> ReadParametersAsync(CancellationToken cancellationToken = default)
    {
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try { return await StageTransfer.ReadParametersAsync(_coordinator.Stages).ConfigureAwait(false); }
        finally { _turns.LeaveAlone(); }
    }

    /// <summary>
    /// A predictor with a copy of the parameters as they are now, in the pipeline's number format. It computes on the processor, on its callers' threads, lives on
    /// its own and looks at every layer's output for NaN where <see cref="PipelineOptions.NonFiniteCheck"/> has the pipeline do so.
    /// </summary>
    /// <param name="threads">As in <see cref="PredictorOptions.Threads"/>.</param>
    /// <param name="cancellationToken">Stops the wait for the pipeline's turn.</param>
    /// <exception cref="InvalidInputException">Threads below 1 or above 1024.</exception>
    public async Task<Predictor> CreatePredictorAsync(int threads = 1, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ParameterValues> values = await ReadParametersAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, double[]> byName = values.ToDictionary(value => value.Name, value => value.Values);
        var options = new PredictorOptions { Threads = threads, ElementType = Options.ElementType, ChecksEveryLayer = Options.NonFiniteCheck == NonFiniteCheck.Action };
        return new Predictor(Options.Layers, options, (name, compute, target) => compute.Upload(byName[name].AsSpan(), target));
    }

    /// <summary>Overwrites parameters by name; those not named stay.</summary>
    /// <exception cref="InvalidInputException">
    /// A name that the model does not have, another shape, a null, or a value that is not finite in the pipeline's number format; nothing is changed then.
    /// </exception>
    public async Task WriteParametersAsync(IReadOnlyList<ParameterValues> values, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try { await StageTransfer.WriteParametersAsync(_coordinator.Stages, values, Options.ElementType).ConfigureAwait(false); }
        finally { _turns.LeaveAlone(); }
    }

    /// <summary>Parameters, optimizer state and step as tensors of a checkpoint: <c>layers.N.weight</c>, <c>layers.N.weight.momentum</c>.</summary>
    public async Task<PipelineState> CaptureAsync(CancellationToken cancellationToken = default)
    {
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            PipelineState state = await StageTransfer.CaptureAsync(_coordinator.Stages, StepsTaken).ConfigureAwait(false);
            return state with { Scalars = _scaler.Capture() };
        }
        finally { _turns.LeaveAlone(); }
    }

    /// <summary>
    /// Continues from a captured state, whatever split or device it came from. A float32 pipeline rounds a float64 state to nearest; the other way is exact.
    /// </summary>
    /// <exception cref="InvalidInputException">
    /// A tensor is missing, null, unknown, of another shape or beyond the range of float32, the step is negative, or a scalar is not finite; nothing is changed then.
    /// </exception>
    public async Task RestoreAsync(PipelineState state, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        StateChecks.Check(state);
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await StageTransfer.RestoreAsync(_coordinator.Stages, state, Options.ElementType).ConfigureAwait(false);
            StepsTaken = state.Step;
            _scaler.Restore(state.Scalars);
        }
        finally
        {
            _turns.LeaveAlone();
        }
    }

    /// <summary>Starts from given weights: every parameter of the model must be there; optimizer state and step stay as they are.</summary>
    /// <exception cref="InvalidInputException">A tensor is missing, null, unknown, of another shape or beyond the range of float32; nothing is changed then.</exception>
    public async Task LoadParametersAsync(IReadOnlyList<NamedTensor> tensors, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try { await StageTransfer.RestoreParametersAsync(_coordinator.Stages, tensors, Options.ElementType).ConfigureAwait(false); }
        finally { _turns.LeaveAlone(); }
    }
}
