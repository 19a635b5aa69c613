namespace PipelineBackprop.Optimizers;

/// <summary>
/// L2 weight decay. Coupled (the chapter's): J = L + s with s = λ/2 Σ‖W‖²_F, so λW joins the gradient. Decoupled (Loshchilov and Hutter 2019): ηλW is
/// taken from the weights directly, the objective stays L and s is 0.
/// </summary>
/// <param name="Lambda">λ, at least 0; default 0.</param>
/// <param name="Decoupled">Whether decay bypasses the gradient; default false.</param>
/// <param name="IncludeExempt">Whether biases and normalisation parameters decay too; default false.</param>
public sealed record WeightDecay(double Lambda = 0, bool Decoupled = false, bool IncludeExempt = false)
{
    /// <summary>No decay.</summary>
    public static WeightDecay None { get; } = new();

    /// <summary>λ for a parameter: 0 when it is exempt.</summary>
    public double For(bool isDecayed) => isDecayed || IncludeExempt ? Lambda : 0;

    /// <summary>λ as it enters s; 0 when decoupled, which is not part of the objective.</summary>
    public double ForObjective(bool isDecayed) => Decoupled ? 0 : For(isDecayed);

    /// <summary>This decay as an optimizer takes it: decoupled when the optimizer is defined so, unchanged otherwise.</summary>
    public WeightDecay For(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return optimizer.DecouplesDecay ? this with { Decoupled = true } : this;
    }
}
