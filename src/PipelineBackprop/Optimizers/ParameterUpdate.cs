namespace PipelineBackprop.Optimizers;

/// <summary>What an optimizer is told about one step on one parameter.</summary>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="LearningRate">η of this step, after the schedule.</param>
/// <param name="GradientScale">Factor from clipping by global norm; 1 when nothing is clipped.</param>
/// <param name="CoupledDecay">λ added to the gradient as λW; 0 for an exempt parameter or decoupled decay.</param>
/// <param name="DecoupledDecay">λ taken from the weights as ηλW; 0 for an exempt parameter or coupled decay.</param>
public readonly record struct ParameterUpdate(
    long Step, double LearningRate, double GradientScale, double CoupledDecay, double DecoupledDecay);
