using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Losses;

/// <summary>Softmax cross-entropy on class indices: l = ln Σⱼ eᵒʲ − oᵧ, ∂l/∂o = p − onehot(y) with p = softmax(o), ∂²l/∂o² = diag(p) − p pᵀ.</summary>
public sealed class SoftmaxCrossEntropyLoss : Loss
{
    /// <summary>How a run file names this loss.</summary>
    internal static LossKind Registration { get; } = new(
        "softmaxCrossEntropy", "Cross-entropy of one class among many, given by its index.", [], _ => new SoftmaxCrossEntropyLoss());

    /// <inheritdoc/>
    public override string Kind => "softmaxCrossEntropy";

    /// <inheritdoc/>
    public override TargetKind Targets => TargetKind.ClassIndex;

    /// <inheritdoc/>
    public override void Evaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        compute.SoftmaxCrossEntropy(o, targets, scale, losses, slot, gradient);

    /// <inheritdoc/>
    public override void REvaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, DeviceTensor ro, double scale, DeviceTensor rgradient) =>
        compute.SoftmaxCrossEntropyTangent(o, ro, scale, rgradient);
}
