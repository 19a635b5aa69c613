using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Losses;

/// <summary>Half squared error: l = ½ Σⱼ (oⱼ − yⱼ)², ∂l/∂o = o − y, ∂²l/∂o² = I. The sum goes over the outputs of an example and is not divided by their number.</summary>
public sealed class HalfSquaredErrorLoss : Loss
{
    /// <summary>How a run file names this loss.</summary>
    internal static LossKind Registration { get; } = new(
        "halfSquaredError", "Half the squared distance from the target, summed over the outputs.", [], _ => new HalfSquaredErrorLoss());

    /// <inheritdoc/>
    public override string Kind => "halfSquaredError";

    /// <inheritdoc/>
    public override TargetKind Targets => TargetKind.Values;

    /// <inheritdoc/>
    public override void Evaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        compute.HalfSquaredError(o, targets, scale, losses, slot, gradient);

    /// <inheritdoc/>
    public override void REvaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, DeviceTensor ro, double scale, DeviceTensor rgradient) =>
        compute.Scale(ro, scale, rgradient);
}
