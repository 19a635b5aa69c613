using PipelineBackprop.Compute;
using PipelineBackprop.Naming;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Optimizers;

/// <summary>
/// Adam (Kingma and Ba 2015): m = β₁ m + (1 − β₁) g, v = β₂ v + (1 − β₂) g², W ← W − η m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). As AdamW
/// (Loshchilov and Hutter 2019) the weights decay directly, W ← W − η λ W, instead of through g.
/// </summary>
public sealed class AdamOptimizer : Optimizer
{
    /// <summary>Creates the rule.</summary>
    /// <param name="learningRate">η, positive; default 0.001.</param>
    /// <param name="beta1">β₁ in [0, 1); default 0.9.</param>
    /// <param name="beta2">β₂ in [0, 1); default 0.999.</param>
    /// <param name="epsilon">ε, positive; default 1e-8.</param>
    /// <param name="decoupledDecay">Whether this is AdamW; default false.</param>
    public AdamOptimizer(
        double learningRate = 0.001, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, bool decoupledDecay = false)
    {
        HyperparameterCheck.Positive(learningRate);
        HyperparameterCheck.BelowOne(beta1);
        HyperparameterCheck.BelowOne(beta2);
        HyperparameterCheck.Positive(epsilon);
        LearningRate = learningRate;
        Beta1 = beta1;
        Beta2 = beta2;
        Epsilon = epsilon;
        DecouplesDecay = decoupledDecay;
    }

    /// <summary>How a run file names Adam.</summary>
    internal static OptimizerKind AdamRegistration { get; } = new(
        "adam", "Adam: steps scaled by running moments of the gradient.", Settings, settings => FromSettings(settings, decoupledDecay: false));

    /// <summary>How a run file names AdamW.</summary>
    internal static OptimizerKind AdamWRegistration { get; } = new(
        "adamw", "Adam with weight decay that bypasses the gradient.", Settings, settings => FromSettings(settings, decoupledDecay: true));

    /// <inheritdoc/>
    public override string Kind => DecouplesDecay ? "adamw" : "adam";

    /// <inheritdoc/>
    public override double LearningRate { get; }

    /// <inheritdoc/>
    public override bool DecouplesDecay { get; }

    /// <summary>β₁.</summary>
    public double Beta1 { get; }

    /// <summary>β₂.</summary>
    public double Beta2 { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateNames { get; } = ["mean", "variance"];

    private static IReadOnlyList<SettingDescription> Settings =>
    [
        new("learningRate", SettingType.Number, "Step size, above 0; default 0.001."),
        new("beta1", SettingType.Number, "Memory of the mean of the gradient, at least 0 and below 1; default 0.9."),
        new("beta2", SettingType.Number, "Memory of the mean of its square, at least 0 and below 1; default 0.999."),
        new("epsilon", SettingType.Number, "Added to the root of the second moment, above 0; default 1e-8."),
    ];

    /// <inheritdoc/>
    public override void Update(
        ICompute compute, in ParameterUpdate update, DeviceTensor gradient, IReadOnlyList<DeviceTensor> state, DeviceTensor parameter)
    {
        var step = new AdamStep(
            update.LearningRate, update.GradientScale, update.CoupledDecay, update.DecoupledDecay, Beta1, Beta2, Epsilon, update.Step);
        compute.AdamUpdate(step, gradient, state[0], state[1], parameter);
    }

    private static AdamOptimizer FromSettings(OptimizerSettings settings, bool decoupledDecay) => new(
        SettingCheck.Positive("learningRate", settings.LearningRate ?? 0.001),
        SettingCheck.BelowOne("beta1", settings.Beta1 ?? 0.9),
        SettingCheck.BelowOne("beta2", settings.Beta2 ?? 0.999),
        SettingCheck.Positive("epsilon", settings.Epsilon ?? 1e-8),
        decoupledDecay);
}
