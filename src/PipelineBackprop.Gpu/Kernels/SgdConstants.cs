namespace PipelineBackprop.Gpu.Kernels;

/// <summary>The constants of a gradient step in float32; flags are 0 or 1.</summary>
internal readonly record struct SgdConstants(
    float LearningRate, float GradientScale, float CoupledDecay, float DecoupledDecay, float Momentum, int Nesterov, int HasVelocity);
