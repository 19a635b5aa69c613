using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>L2 weight decay. Immutable.</summary>
public sealed record WeightDecaySettings
{
    /// <summary>The strength λ of s = λ/2 Σ‖W‖², at least 0; default 0.</summary>
    [SettingRange(0)]
    public double Lambda { get; init; }

    /// <summary>Whether λW joins the gradient (coupled, J = L + s) or shrinks the weights directly (decoupled); default coupled, for adamw decoupled.</summary>
    public WeightDecayMode Mode { get; init; } = WeightDecayMode.Coupled;

    /// <summary>Whether biases and normalisation parameters decay too; default false.</summary>
    public bool IncludeBiases { get; init; }
}
