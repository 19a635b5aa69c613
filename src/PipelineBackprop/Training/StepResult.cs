using PipelineBackprop.Diagnostics;
using PipelineBackprop.Stages;

namespace PipelineBackprop.Training;

/// <summary>What one training step did.</summary>
/// <param name="Step">Number of the step, from 1: among all that the pipeline took, or, told by a <see cref="Trainer"/>, among those of its training.</param>
/// <param name="Examples">Examples of the minibatch.</param>
/// <param name="Loss">L, the mean loss over the minibatch, before the update.</param>
/// <param name="Regularization">s = λ/2 Σ‖W‖²_F of the coupled weight decay, before the update; 0 when decoupled.</param>
/// <param name="GradientNorm">‖∂L/∂θ‖ over all parameters, before clipping and weight decay.</param>
/// <param name="LearningRate">η of the step.</param>
/// <param name="Duration">From call to update; from the update before where that is later, because the two steps overlap.</param>
/// <param name="Stages">Times of each stage.</param>
public sealed record StepResult(
    long Step, int Examples, double Loss, double Regularization, double GradientNorm, double LearningRate,
    TimeSpan Duration, IReadOnlyList<StageTimes> Stages)
{
    /// <summary>Whether gradients were not finite and loss scaling left the update out; <see cref="GradientNorm"/> is then not finite.</summary>
    public bool Skipped { get; init; }

    /// <summary>The factor that the gradients were computed with; 1 without loss scaling.</summary>
    public double LossScale { get; init; } = 1;

    /// <summary>
    /// Updates by which the weights that the gradients were taken at are older than those they changed: 0, or 1 with an asynchronous schedule, from its second step
    /// on.
    /// </summary>
    public int Staleness { get; init; }

    /// <summary>What every stage did and when; null (default) unless <see cref="Pipeline.RecordsTimeline"/> was set.</summary>
    public StepTimeline? Timeline { get; init; }

    /// <summary>J = L + s.</summary>
    public double Objective => Loss + Regularization;
}
