using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Dense layers of the engine on one simulated device, run by hand: forward, backward and the gradient sums.</summary>
internal sealed class DenseNetwork
{
    private readonly DeviceBench _bench;
    private readonly DenseLayer[] _layers;
    private readonly LayerContext[] _contexts;

    internal DenseNetwork(DeviceBench bench, DenseLayer[] layers)
    {
        _bench = bench;
        _layers = layers;
        _contexts = new LayerContext[layers.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            DeviceTensor[] parameters = [.. layers[i].Parameters.Select(parameter => bench.Pool.Rent(parameter.Shape, MemoryPurpose.Parameters))];
            DeviceTensor[] gradients = [.. layers[i].Parameters.Select(parameter => bench.Poisoned(parameter.Shape))];
            _contexts[i] = new LayerContext(bench.Compute, bench.Pool, parameters, gradients, randomKey: 0, needsInputGradient: i > 0)
            {
                IsTraining = true,
                Frame = new StashFrame(),
            };
        }
    }

    internal int Depth => _layers.Length;

    internal IReadOnlyList<DeviceTensor> Parameters(int layer) => _contexts[layer].Parameters;

    internal IReadOnlyList<DeviceTensor> Gradients(int layer) => _contexts[layer].Gradients;

    /// <summary>What a layer keeps between its passes.</summary>
    internal StashFrame Frame(int layer) => _contexts[layer].Frame;

    /// <summary>Fills every parameter from its initializer.</summary>
    internal void Initialize()
    {
        for (int i = 0; i < Depth; i++)
        {
            for (int k = 0; k < _layers[i].Parameters.Count; k++)
            {
                ParameterSpecification specification = _layers[i].Parameters[k];
                var values = new double[specification.Shape.ElementCount];
                specification.Initializer.Fill(_bench.Random, specification.Shape, values);
                _bench.Compute.Upload(values, Parameters(i)[k]);
            }
        }
    }

    /// <summary>The outputs of every layer; the caller releases them.</summary>
    internal DeviceTensor[] Forward(DeviceTensor x)
    {
        var outputs = new DeviceTensor[Depth];
        for (int i = 0; i < Depth; i++) outputs[i] = _layers[i].Forward(_contexts[i], i == 0 ? x : outputs[i - 1]);
        return outputs;
    }

    /// <summary>
    /// Runs both backward passes from the gradient of the last output; returns the gradient of every layer's input, null for the first. The caller
    /// releases them and clears the frames.
    /// </summary>
    internal DeviceTensor?[] Backward(DeviceTensor gradient, bool accumulate)
    {
        var inputs = new DeviceTensor?[Depth];
        for (int i = Depth - 1; i >= 0; i--)
        {
            _contexts[i].Accumulate = accumulate;
            inputs[i] = _layers[i].BackwardInput(_contexts[i], i == Depth - 1 ? gradient : inputs[i + 1]!);
            _layers[i].BackwardParameters(_contexts[i]);
        }
        return inputs;
    }

    internal void ClearFrames()
    {
        foreach (LayerContext context in _contexts) context.Frame.Clear();
    }
}
