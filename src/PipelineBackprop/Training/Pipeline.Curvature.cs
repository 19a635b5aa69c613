using PipelineBackprop.Blocks;
using PipelineBackprop.Stages;

namespace PipelineBackprop.Training;

public sealed partial class Pipeline
{
    /// <summary>
    /// L, s and Hv at the current parameters, where H is the Hessian of J = L + s on the minibatch over all parameters; nothing changes. Exact up to rounding, by
    /// differentiating the backward pass along v, at the cost of one to three gradients and never H itself. Dropout draws the mask of the coming step.
    /// </summary>
    /// <param name="minibatch">The examples.</param>
    /// <param name="direction">v by the names and shapes of <see cref="ReadParametersAsync"/>; a parameter that is not named has a v of zeros.</param>
    /// <param name="cancellationToken">Gives the product up.</param>
    /// <exception cref="InvalidInputException">A name that the model does not have, another shape, or a v that is not finite.</exception>
    /// <inheritdoc cref="TrainStepAsync" path="/exception"/>
    public async Task<HessianVectorResult> HessianVectorProductAsync(
        Minibatch minibatch, IReadOnlyList<ParameterValues> direction, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(direction);
        ThrowIfInferenceOnly();
        MinibatchValidator.Validate(this, minibatch);
        StageTransfer.CheckFit(_coordinator.Stages, direction);
        if (direction.FirstOrDefault(values => Array.Exists(values.Values, value => !double.IsFinite(value))) is { } bad)
            throw new InvalidInputException($"the direction of {bad.Name} holds NaN or an infinity; every number must be finite.");
        Dictionary<string, double[]> along = direction.ToDictionary(values => values.Name, values => values.Values);
        await EnterAloneAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            MicroBatchRange[] ranges = MicroBatchRange.Split(minibatch.Count, Options.MicroBatches);
            var request = new PassRequest(
                PassMode.HessianVector, StepsTaken, ranges, new PassData(minibatch.Inputs, minibatch.Targets, default),
                _schedules.Training(ranges.Length), Seat: NewestSeat, Direction: along);
            PassResult result = await RunAsync(request, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ParameterValues> product = await StageTransfer.ReadHessianVectorAsync(_coordinator.Stages, request.Seat, along).ConfigureAwait(false);
            return new HessianVectorResult(result.Loss, result.Regularization, product);
        }
        finally
        {
            _turns.LeaveAlone();
        }
    }
}
