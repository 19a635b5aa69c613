namespace PipelineBackprop.Compute;

/// <summary>
/// Constants of one Adam step (Kingma and Ba 2015; decoupled decay: Loshchilov and Hutter 2019): g = GradientScale · gradient + CoupledDecay · W;
/// m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²; W ← W − η (m̂ / (√v̂ + ε) + DecoupledDecay · W) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
/// </summary>
/// <param name="LearningRate">η, positive.</param>
/// <param name="GradientScale">Factor from clipping; 1 when nothing is clipped.</param>
/// <param name="CoupledDecay">λ of J = L + s; 0 for an exempt parameter.</param>
/// <param name="DecoupledDecay">λ applied to the weights directly; 0 when coupled.</param>
/// <param name="Beta1">β₁ in [0, 1).</param>
/// <param name="Beta2">β₂ in [0, 1).</param>
/// <param name="Epsilon">ε, positive.</param>
/// <param name="Step">t, counted from 1.</param>
public readonly record struct AdamStep(
    double LearningRate, double GradientScale, double CoupledDecay, double DecoupledDecay,
    double Beta1, double Beta2, double Epsilon, long Step);
