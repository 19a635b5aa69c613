namespace PipelineBackprop.Compute;

/// <summary>What one stage asks of its device, as far as it is known before the first minibatch.</summary>
/// <param name="Bytes">Parameters, their gradients and the optimizer's state.</param>
/// <param name="Cost">Multiply-adds of one example's forward pass.</param>
public readonly record struct StageDemand(long Bytes, long Cost);
