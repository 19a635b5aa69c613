using PipelineBackprop.Compute;
using PipelineBackprop.Naming;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Optimizers;

/// <summary>
/// Minibatch gradient descent, with momentum and Nesterov's look-ahead where asked: v = μ v + g, W ← W − η v, or W ← W − η (g + μ v)
/// (Sutskever et al. 2013, in the form of PyTorch's SGD without dampening).
/// </summary>
public sealed class SgdOptimizer : Optimizer
{
    /// <summary>Creates the rule.</summary>
    /// <param name="learningRate">η, positive; default 0.1.</param>
    /// <param name="momentum">μ in [0, 1); default 0.</param>
    /// <param name="nesterov">Look-ahead; needs momentum; default false.</param>
    public SgdOptimizer(double learningRate = 0.1, double momentum = 0, bool nesterov = false)
    {
        HyperparameterCheck.Positive(learningRate);
        HyperparameterCheck.BelowOne(momentum);
        if (nesterov && momentum == 0) throw new ArgumentException("Nesterov's look-ahead needs a momentum above 0, got 0.", nameof(nesterov));
        LearningRate = learningRate;
        Momentum = momentum;
        Nesterov = nesterov;
    }

    /// <summary>How a run file names this optimizer.</summary>
    internal static OptimizerKind Registration { get; } = new(
        "sgd",
        "Minibatch gradient descent, with momentum where asked.",
        [
            new("learningRate", SettingType.Number, "Step size, above 0; default 0.1."),
            new("momentum", SettingType.Number, "Share of the last step that is kept, at least 0 and below 1; default 0."),
            new("nesterov", SettingType.Boolean, "Whether the step looks ahead along the momentum, which must be above 0; default false."),
        ],
        FromSettings);

    /// <inheritdoc/>
    public override string Kind => "sgd";

    /// <inheritdoc/>
    public override double LearningRate { get; }

    /// <summary>μ.</summary>
    public double Momentum { get; }

    /// <summary>Whether the step looks ahead.</summary>
    public bool Nesterov { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateNames => Momentum > 0 ? ["momentum"] : [];

    /// <inheritdoc/>
    public override void Update(
        ICompute compute, in ParameterUpdate update, DeviceTensor gradient, IReadOnlyList<DeviceTensor> state, DeviceTensor parameter)
    {
        var step = new SgdStep(
            update.LearningRate, update.GradientScale, update.CoupledDecay, update.DecoupledDecay, Momentum, Nesterov);
        compute.SgdUpdate(step, gradient, Momentum > 0 ? state[0] : null, parameter);
    }

    private static SgdOptimizer FromSettings(OptimizerSettings settings)
    {
        double momentum = SettingCheck.BelowOne("momentum", settings.Momentum ?? 0);
        bool nesterov = settings.Nesterov ?? false;
        if (nesterov && momentum == 0)
            throw new InvalidInputException("The setting \"nesterov\" is true while \"momentum\" is 0; the look-ahead needs a momentum above 0.");
        return new SgdOptimizer(SettingCheck.Positive("learningRate", settings.LearningRate ?? 0.1), momentum, nesterov);
    }
}
