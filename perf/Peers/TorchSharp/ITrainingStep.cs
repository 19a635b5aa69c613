namespace PipelineBackprop.Peers.TorchSharp;

/// <summary>A network and its minibatch, ready to be trained.</summary>
internal interface ITrainingStep : IDisposable
{
    /// <summary>Forward, loss, backward, update: W ← W − η (∂L/∂W + λ W), b ← b − η ∂L/∂b. Returns L from before the update.</summary>
    float Run();
}
