namespace PipelineBackprop.Blocks;

/// <summary>What all stages apply in one step.</summary>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="LearningRate">η.</param>
/// <param name="GradientScale">Factor from clipping, divided by the loss scale.</param>
internal readonly record struct UpdateDecision(long Step, double LearningRate, double GradientScale);
