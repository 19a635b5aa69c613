using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace PipelineBackprop.Peers.TorchSharp;

/// <summary>A step of modules and the library's own SGD, as its tutorials write it.</summary>
internal sealed class ModuleStep : ITrainingStep
{
    public const string Name = "modules";

    private readonly Sequential _network;
    private readonly SGD _optimizer;
    private readonly Tensor _inputs, _classes;

    public ModuleStep(DenseCase work, PeerOptions options)
    {
        Linear[] layers = [.. work.Weights.Select((weight, layer) => Layer(work, layer))];
        List<nn.Module<Tensor, Tensor>> modules = [layers[0]];
        foreach (Linear layer in layers.Skip(1)) modules.AddRange([nn.ReLU(inplace: true), layer]);
        _network = nn.Sequential(modules);
        _optimizer = optim.SGD(
            [
                new SGD.ParamGroup(layers.Select(layer => layer.weight!), new SGD.Options { LearningRate = options.LearningRate, weight_decay = options.Lambda }),
                new SGD.ParamGroup(layers.Select(layer => layer.bias!), new SGD.Options { LearningRate = options.LearningRate, weight_decay = 0 }),
            ],
            options.LearningRate);
        _inputs = tensor(work.Inputs, [work.Batch, work.Sizes[0]]);
        _classes = tensor(work.Classes);
    }

    public float Run()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = F.cross_entropy(_network.call(_inputs), _classes);
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        return loss.item<float>();
    }

    private static Linear Layer(DenseCase work, int layer)
    {
        Linear linear = nn.Linear(work.Sizes[layer], work.Sizes[layer + 1]);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        linear.weight!.copy_(tensor(work.Weights[layer], [work.Sizes[layer + 1], work.Sizes[layer]]));
        linear.bias!.copy_(tensor(work.Biases[layer]));
        return linear;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _inputs.Dispose();
        _classes.Dispose();
    }
}
