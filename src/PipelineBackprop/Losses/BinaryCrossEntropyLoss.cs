using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Losses;

/// <summary>
/// Binary cross-entropy on logits, for outputs that are independent yes-or-no questions: l = Σⱼ ln(1 + eᵒʲ) − oⱼ yⱼ with y in [0, 1], ∂l/∂o = σ − y with σ = sigmoid(o),
/// ∂²l/∂o² = diag(σ (1 − σ)).
/// </summary>
public sealed class BinaryCrossEntropyLoss : Loss
{
    /// <summary>How a run file names this loss.</summary>
    internal static LossKind Registration { get; } = new(
        "binaryCrossEntropy", "Cross-entropy of independent yes-or-no outputs, taken on logits.", [], _ => new BinaryCrossEntropyLoss());

    /// <inheritdoc/>
    public override string Kind => "binaryCrossEntropy";

    /// <inheritdoc/>
    public override TargetKind Targets => TargetKind.Probabilities;

    /// <inheritdoc/>
    public override void Evaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        compute.BinaryCrossEntropy(o, targets, scale, losses, slot, gradient);

    /// <inheritdoc/>
    public override void REvaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, DeviceTensor ro, double scale, DeviceTensor rgradient)
    {
        compute.Activate(Activation.Sigmoid, o, rgradient);
        compute.ActivateBackward(Activation.Sigmoid, rgradient, ro, rgradient);
        compute.Scale(rgradient, scale, rgradient);
    }
}
