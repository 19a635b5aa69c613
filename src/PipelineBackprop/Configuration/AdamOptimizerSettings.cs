using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>Adam (Kingma and Ba 2015).</summary>
public sealed record AdamOptimizerSettings : OptimizerSettings
{
    /// <summary>Sets the defaults that differ from gradient descent: a learning rate of 0.001.</summary>
    public AdamOptimizerSettings()
    {
        LearningRate = 0.001;
    }

    /// <summary>How slowly the mean of the gradient forgets, at least 0 and below 1; default 0.9.</summary>
    [SettingRange(0, 1, MaximumExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How slowly the mean of the squared gradient forgets, at least 0 and below 1; default 0.999.</summary>
    [SettingRange(0, 1, MaximumExclusive = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>What is added to the root of the squared gradient's mean, above 0; default 0.00000001.</summary>
    [SettingRange(0, MinimumExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;
}
