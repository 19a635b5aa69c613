using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Schedules;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// A stage's optimizer: sees every layer's gradients of every micro-batch arrive in order, reports their norms when all are there, and takes the
/// step (weight decay included) only when told that every stage is ready.
/// </summary>
internal sealed class OptimizerBlock
{
    private readonly BlockHost _host;
    private readonly IReadOnlyList<OptimizedParameter> _parameters;
    private readonly IReadOnlyList<OptimizedParameter>? _newest;
    private readonly IReadOnlyList<DeviceTensor> _gradients;
    private readonly Optimizer _optimizer;
    private readonly WeightDecay _decay;
    private readonly IOptimizerListener _listener;
    private readonly BlockPlaceBox _place = new(-1, "optimizer");
    private readonly Dictionary<int, int> _contributions; // micro-batches summed so far, by layer
    private readonly StageBlock<OptimizerMessage> _block;
    private readonly GradientReport _report;
    private readonly DeviceTensor[] _squared; // every gradient, then every parameter that decays into the objective
    private readonly double[] _squares;

    /// <param name="host">The stage's device.</param>
    /// <param name="parameters">What the gradients are taken at, and where the step leaves the parameters.</param>
    /// <param name="newest">What the step changes where that is not <paramref name="parameters"/>: an asynchronous schedule's newest weights; else null.</param>
    /// <param name="gradients">The gradient sums.</param>
    /// <param name="optimizer">The rule of the step.</param>
    /// <param name="decay">The weight decay; of the weights that the step changes.</param>
    /// <param name="listener">Who hears of it.</param>
    public OptimizerBlock(
        BlockHost host, IReadOnlyList<OptimizedParameter> parameters, IReadOnlyList<OptimizedParameter>? newest, IReadOnlyList<DeviceTensor> gradients,
        Optimizer optimizer, WeightDecay decay, IOptimizerListener listener)
    {
        _host = host;
        _parameters = parameters;
        _newest = newest;
        _gradients = gradients;
        _optimizer = optimizer;
        _decay = decay;
        _listener = listener;
        _contributions = parameters.Select(parameter => parameter.Layer).Distinct().ToDictionary(layer => layer, _ => 0);
        _report = new GradientReport(new double[parameters.Count], new double[parameters.Count]);
        _squared =
        [
            .. gradients,
            .. parameters.Where(parameter => decay.ForObjective(parameter.Specification.IsDecayed) != 0).Select(parameter => parameter.Value),
        ];
        _squares = new double[_squared.Length];
        _block = new StageBlock<OptimizerMessage>(Process, host.Thread);
    }

    public ITargetBlock<OptimizerMessage> Target => _block;

    /// <summary>Forgets what has arrived; called on the stage's thread before and after a pass.</summary>
    public void Reset()
    {
        foreach (int layer in _contributions.Keys) _contributions[layer] = 0;
    }

    private void Process(OptimizerMessage message)
    {
        _host.Enter(_place, ActionKind.WeightGradient, Math.Max(message.MicroBatch, 0));
        try
        {
            switch (message.What)
            {
                case OptimizerMessage.Kind.Contribution: Count(message); break;
                case OptimizerMessage.Kind.Finish: Report(message.Pass); break;
                case OptimizerMessage.Kind.Commit: Update(message.Pass, message.Decision); break;
            }
        }
        catch (Exception exception)
        {
            _listener.OptimizerFailed(message.Pass, new BlockFault(_place.Place, exception), message.What == OptimizerMessage.Kind.Commit);
        }
        finally
        {
            _host.Leave();
        }
    }

    private void Count(OptimizerMessage message)
    {
        int expected = _contributions[message.Layer];
        if (message.MicroBatch != expected)
            throw new InvalidOperationException(
                $"Layer {message.Layer} handed in the gradients of micro-batch {message.MicroBatch}; the next in order is {expected}.");
        _contributions[message.Layer] = expected + 1;
    }

    private void Report(Pass pass)
    {
        foreach ((int layer, int count) in _contributions)
        {
            if (count != pass.MicroBatches.Length)
                throw new InvalidOperationException($"Layer {layer} handed in {count} of {pass.MicroBatches.Length} micro-batches' gradients.");
        }
        // One question to the device for all of them, so that it is waited for once.
        _host.Compute.SumsOfSquares(_squared, _squares);
        double scale = pass.LossScale * pass.LossScale;
        for (int i = 0; i < _gradients.Count; i++) _report.GradientSquares[i] = _squares[i] / scale;
        for (int i = 0, next = _gradients.Count; i < _parameters.Count; i++)
        {
            double lambda = _decay.ForObjective(_parameters[i].Specification.IsDecayed);
            _report.Regularization[i] = lambda == 0 ? 0 : lambda / 2 * _squares[next++];
        }
        _listener.GradientsReady(pass, _report);
    }

    private void Update(Pass pass, UpdateDecision decision)
    {
        for (int i = 0; i < _parameters.Count; i++)
        {
            OptimizedParameter parameter = _parameters[i];
            if (_newest is not null) _host.Compute.Import(_newest[i].Value, parameter.Value);
            double lambda = _decay.For(parameter.Specification.IsDecayed);
            var update = new ParameterUpdate(
                decision.Step, decision.LearningRate, decision.GradientScale,
                CoupledDecay: _decay.Decoupled ? 0 : lambda, DecoupledDecay: _decay.Decoupled ? lambda : 0);
            _optimizer.Update(_host.Compute, update, _gradients[i], parameter.State, parameter.Value);
        }
        _listener.Updated(pass);
    }
}
