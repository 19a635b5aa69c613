namespace PipelineBackprop.Compute;

/// <summary>
/// Constants of one gradient step: g = GradientScale · gradient + CoupledDecay · W; v = Momentum · v + g; d = Nesterov ? g + Momentum · v : v
/// (d = g without momentum); W ← W − LearningRate · (d + DecoupledDecay · W).
/// </summary>
/// <param name="LearningRate">η, positive.</param>
/// <param name="GradientScale">Factor from clipping; 1 when nothing is clipped.</param>
/// <param name="CoupledDecay">λ of J = L + s; 0 for an exempt parameter.</param>
/// <param name="DecoupledDecay">λ applied to the weights directly; 0 when coupled.</param>
/// <param name="Momentum">μ in [0, 1).</param>
/// <param name="Nesterov">Whether the step looks ahead along the momentum.</param>
public readonly record struct SgdStep(
    double LearningRate, double GradientScale, double CoupledDecay, double DecoupledDecay, double Momentum, bool Nesterov);
