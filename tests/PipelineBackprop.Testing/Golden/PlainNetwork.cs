using System.Text.Json;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;

namespace PipelineBackprop.Testing.Golden;

/// <summary>A perceptron trained by one loop over its layers, without stages, messages or micro-batches.</summary>
internal sealed class PlainNetwork
{
    private readonly ComputeBench _bench;
    private readonly List<Layer> _layers = [];
    private readonly List<LayerContext> _contexts = [];
    private readonly Dictionary<DeviceTensor, DeviceTensor[]> _states = [];

    internal PlainNetwork(ComputeBench bench, int[] sizes, Activation activation, JsonElement golden)
    {
        _bench = bench;
        for (int i = 0; i + 1 < sizes.Length; i++)
        {
            var layer = new DenseLayer(sizes[i], sizes[i + 1], i + 2 < sizes.Length ? activation : Activation.Identity);
            DeviceTensor[] parameters = [bench.Upload(golden.GetProperty("w0")[i].Matrix()), bench.Upload(golden.GetProperty("b0")[i].Vector())];
            DeviceTensor[] gradients = [bench.Rent(parameters[0].Shape), bench.Rent(parameters[1].Shape)];
            _layers.Add(layer);
            _contexts.Add(new LayerContext(bench.Compute, bench.Pool, parameters, gradients, 0, needsInputGradient: i > 0) { IsTraining = true });
        }
    }

    /// <summary>One full-batch step; returns L before it.</summary>
    internal double TrainStep(DeviceTensor x, DeviceTensor y, Loss loss, Optimizer optimizer, WeightDecay decay, long step)
    {
        DeviceTensor value = x;
        for (int i = 0; i < _layers.Count; i++)
        {
            _contexts[i].Frame = new StashFrame();
            value = _layers[i].Forward(_contexts[i], value);
        }
        DeviceTensor losses = _bench.Upload([0.0]), gradient = _bench.Rent(value.Shape);
        loss.Evaluate(_bench.Compute, value, y, 1.0 / x.Rows, losses, 0, gradient);
        for (int i = _layers.Count - 1; i >= 0; i--)
        {
            DeviceTensor? next = _layers[i].BackwardInput(_contexts[i], gradient);
            _layers[i].BackwardParameters(_contexts[i]);
            _contexts[i].Frame.Clear();
            if (next is not null) gradient = next;
        }
        for (int i = 0; i < _layers.Count; i++) Update(i, optimizer, decay, step);
        return _bench.Download(losses)[0] / x.Rows;
    }

    /// <summary>Hands out the values of every parameter, with <c>w</c> or <c>b</c> and the layer's index.</summary>
    internal void CheckParameters(Action<double[], string, int> check)
    {
        for (int i = 0; i < _contexts.Count; i++)
        {
            check(_bench.Download(_contexts[i].Parameters[0]), "w", i);
            check(_bench.Download(_contexts[i].Parameters[1]), "b", i);
        }
    }

    private void Update(int index, Optimizer optimizer, WeightDecay decay, long step)
    {
        for (int p = 0; p < _layers[index].Parameters.Count; p++)
        {
            DeviceTensor parameter = _contexts[index].Parameters[p];
            double lambda = decay.For(_layers[index].Parameters[p].IsDecayed);
            var update = new ParameterUpdate(
                step, optimizer.LearningRate, 1, decay.Decoupled ? 0 : lambda, decay.Decoupled ? lambda : 0);
            optimizer.Update(_bench.Compute, update, _contexts[index].Gradients[p], StateOf(parameter, optimizer), parameter);
        }
    }

    private DeviceTensor[] StateOf(DeviceTensor parameter, Optimizer optimizer)
    {
        if (_states.TryGetValue(parameter, out DeviceTensor[]? state)) return state;
        state = [.. optimizer.StateNames.Select(_ => _bench.Rent(parameter.Shape, MemoryPurpose.OptimizerState))];
        foreach (DeviceTensor tensor in state) _bench.Compute.Fill(tensor, 0);
        _states.Add(parameter, state);
        return state;
    }
}
