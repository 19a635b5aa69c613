using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Losses;

/// <summary>
/// The loss l(o, y) of one example, and its gradient. L is the mean of l over the minibatch, so the gradient of a micro-batch carries the scale
/// 1 / (examples of the minibatch). Immutable and thread-safe.
/// </summary>
public abstract class Loss
{
    /// <summary>The name in a run file.</summary>
    public abstract string Kind { get; }

    /// <summary>What targets hold.</summary>
    public abstract TargetKind Targets { get; }

    /// <summary>Width of a target row for a network of that many outputs.</summary>
    public int TargetWidth(int outputs) => Targets == TargetKind.ClassIndex ? 1 : outputs;

    /// <summary>
    /// Adds up l over the rows of o [n×outputs] into element <paramref name="slot"/> of <paramref name="losses"/> and, when a gradient [n×outputs] is
    /// given, sets it to ∂l/∂o · scale.
    /// </summary>
    public abstract void Evaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient);

    /// <summary>
    /// Pearlmutter's R-operator on the gradient: sets rgradient [n×outputs] to ∂²l/∂o² ro · scale for the tangent ro [n×outputs] of o. rgradient is none of the
    /// others.
    /// </summary>
    public abstract void REvaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, DeviceTensor ro, double scale, DeviceTensor rgradient);

    /// <inheritdoc/>
    public override string ToString() => Kind;
}
