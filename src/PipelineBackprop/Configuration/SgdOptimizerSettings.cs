using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>Minibatch gradient descent, with momentum and Nesterov's look-ahead where asked.</summary>
public sealed record SgdOptimizerSettings : OptimizerSettings
{
    /// <summary>The momentum μ, at least 0 and below 1; default 0.</summary>
    [SettingRange(0, 1, MaximumExclusive = true)]
    public double Momentum { get; init; }

    /// <summary>Whether the step looks ahead along the momentum, which must then be above 0; default false.</summary>
    public bool Nesterov { get; init; }
}
