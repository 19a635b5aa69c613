using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace PipelineBackprop.Peers.TorchSharp;

/// <summary>A step of plain tensors and functions: the fastest way to write it.</summary>
internal sealed class FunctionalStep(DenseCase work, PeerOptions options) : ITrainingStep
{
    public const string Name = "functional";

    private readonly Tensor[] _weights = [.. work.Weights.Select((weight, layer) => tensor(weight, [work.Sizes[layer + 1], work.Sizes[layer]], requires_grad: true))];
    private readonly Tensor[] _biases = [.. work.Biases.Select(bias => tensor(bias, requires_grad: true))];
    private readonly Tensor _inputs = tensor(work.Inputs, [work.Batch, work.Sizes[0]]);
    private readonly Tensor _classes = tensor(work.Classes);
    private readonly float _rate = (float)options.LearningRate, _kept = (float)(1 - options.LearningRate * options.Lambda);

    public float Run()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = _inputs;
        for (int layer = 0; layer < _weights.Length; layer++)
        {
            h = F.linear(h, _weights[layer], _biases[layer]);
            if (layer < _weights.Length - 1) h = h.relu_(); // in place: the product's own output is not needed again
        }
        Tensor loss = F.cross_entropy(h, _classes);
        loss.backward();
        using (no_grad())
        {
            foreach (Tensor weight in _weights) Update(weight, _kept);
            foreach (Tensor bias in _biases) Update(bias, 1);
        }
        return loss.item<float>();
    }

    // (1 − ηλ) W − η ∂L/∂W: two passes, and the gradient is dropped rather than cleared, so that the next one is not added to it.
    private void Update(Tensor parameter, float kept)
    {
        if (kept != 1) parameter.mul_(kept);
        parameter.add_(parameter.grad!, alpha: -_rate);
        parameter.grad = null;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (IEnumerable<Tensor>)[.. _weights, .. _biases, _inputs, _classes]) tensor.Dispose();
    }
}
