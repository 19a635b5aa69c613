using PipelineBackprop.Compute;
using PipelineBackprop.Naming;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Losses;

/// <summary>
/// Huber's loss (1964), quadratic near the target and linear far from it: with r = o − y, l = Σⱼ ½ rⱼ² where |rⱼ| ≤ δ and δ (|rⱼ| − ½ δ) elsewhere;
/// ∂l/∂o = r clamped to ±δ, ∂²l/∂o² = 1 where |r| ≤ δ and 0 elsewhere, on the diagonal.
/// </summary>
public sealed class HuberLoss : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="delta">δ, where the quadratic part ends; positive; default 1.</param>
    public HuberLoss(double delta = 1)
    {
        HyperparameterCheck.Positive(delta);
        Delta = delta;
    }

    /// <summary>How a run file names this loss.</summary>
    internal static LossKind Registration { get; } = new(
        "huber",
        "Half the squared distance near the target and proportional to the distance far from it.",
        [new("delta", SettingType.Number, "Distance at which the quadratic part ends, above 0; default 1.")],
        settings => new HuberLoss(SettingCheck.Positive("delta", settings.Delta ?? 1)));

    /// <inheritdoc/>
    public override string Kind => "huber";

    /// <inheritdoc/>
    public override TargetKind Targets => TargetKind.Values;

    /// <summary>δ.</summary>
    public double Delta { get; }

    /// <inheritdoc/>
    public override void Evaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient) =>
        compute.Huber(o, targets, Delta, scale, losses, slot, gradient);

    /// <inheritdoc/>
    public override void REvaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, DeviceTensor ro, double scale, DeviceTensor rgradient) =>
        compute.HuberTangent(o, targets, Delta, ro, scale, rgradient);
}
