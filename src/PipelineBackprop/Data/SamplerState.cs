namespace PipelineBackprop.Data;

/// <summary>Where a <see cref="MinibatchSampler"/> stands: two numbers that can be written down and continued from.</summary>
/// <param name="Epoch">The epoch being read, from 0.</param>
/// <param name="Position">The examples of that epoch already handed out; 0 at the start of an epoch.</param>
public readonly record struct SamplerState(long Epoch, int Position);
