using System.Text.Json;
using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>The optimizer of a golden trajectory, on the device: gradient descent with its variants, Adam with coupled decay, AdamW. Biases never decay.</summary>
internal sealed class GoldenRule
{
    private readonly DeviceBench _bench;
    private readonly DenseNetwork _network;
    private readonly JsonElement _settings;
    private readonly bool _isAdam;
    private readonly Dictionary<DeviceTensor, (DeviceTensor First, DeviceTensor Second)> _state = [];

    internal GoldenRule(DeviceBench bench, JsonElement golden, DenseNetwork network)
    {
        _bench = bench;
        _network = network;
        _settings = golden.GetProperty("hyperparameters");
        _isAdam = golden.GetProperty("optimizer").GetString()!.StartsWith("adam", StringComparison.Ordinal);
        foreach (DeviceTensor parameter in Enumerable.Range(0, network.Depth).SelectMany(network.Parameters))
        {
            var zeros = new double[parameter.ElementCount];
            _state[parameter] = (bench.Upload(parameter.Shape, zeros), bench.Upload(parameter.Shape, zeros));
        }
    }

    internal void Step(int step)
    {
        bool decoupled = _settings.TryGetProperty("decoupled", out _), nesterov = _settings.TryGetProperty("nesterov", out _);
        double rate = _settings.Number("learningRate"), momentum = _settings.Number("momentum");
        for (int i = 0; i < _network.Depth; i++)
        {
            for (int k = 0; k < 2; k++)
            {
                DeviceTensor parameter = _network.Parameters(i)[k], gradient = _network.Gradients(i)[k];
                double decay = k == 0 ? _settings.Number("weightDecay") : 0;
                (double coupledDecay, double decoupledDecay) = decoupled ? (0.0, decay) : (decay, 0.0);
                (DeviceTensor first, DeviceTensor second) = _state[parameter];
                if (_isAdam)
                {
                    var adam = new AdamStep(
                        rate, 1, coupledDecay, decoupledDecay, _settings.Number("beta1"), _settings.Number("beta2"), _settings.Number("epsilon"), step);
                    _bench.Compute.AdamUpdate(adam, gradient, first, second, parameter);
                }
                else
                {
                    var sgd = new SgdStep(rate, 1, coupledDecay, decoupledDecay, momentum, nesterov);
                    _bench.Compute.SgdUpdate(sgd, gradient, momentum > 0 ? first : null, parameter);
                }
            }
        }
    }
}
