using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Optimizers;

/// <summary>A rule that turns a gradient into a step. Immutable and thread-safe: the state tensors belong to the stage.</summary>
public abstract class Optimizer
{
    /// <summary>The name in a run file: <c>sgd</c>, <c>adam</c>, <c>adamw</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The learning rate η that a schedule scales; positive.</summary>
    public abstract double LearningRate { get; }

    /// <summary>
    /// Whether the rule is defined with decoupled weight decay (AdamW); the pipeline then decays as <see cref="WeightDecay.For(Optimizer)"/> says.
    /// </summary>
    public virtual bool DecouplesDecay => false;

    /// <summary>
    /// Names of the state tensors a parameter needs, each of the parameter's shape and starting at 0: no name twice, and none <c>previous</c>, under which older weights are saved.
    /// </summary>
    public abstract IReadOnlyList<string> StateNames { get; }

    /// <summary>Takes the step on one parameter.</summary>
    /// <param name="compute">The stage's device.</param>
    /// <param name="update">Step number, learning rate, clipping and decay.</param>
    /// <param name="gradient">∂L/∂W.</param>
    /// <param name="state">The tensors of <see cref="StateNames"/>, in that order.</param>
    /// <param name="parameter">W, changed in place.</param>
    public abstract void Update(
        ICompute compute, in ParameterUpdate update, DeviceTensor gradient, IReadOnlyList<DeviceTensor> state, DeviceTensor parameter);
}
