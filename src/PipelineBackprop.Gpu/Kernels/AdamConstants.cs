namespace PipelineBackprop.Gpu.Kernels;

/// <summary>
/// The constants of an Adam step in float32, the differences and powers taken in float64 before: Keep1 = 1 − β₁, Correction1 = 1 / (1 − β₁ᵗ), the same for β₂.
/// </summary>
internal readonly record struct AdamConstants(
    float LearningRate, float GradientScale, float CoupledDecay, float DecoupledDecay,
    float Beta1, float Keep1, float Correction1, float Beta2, float Keep2, float Correction2, float Epsilon);
