using System.Text.Json.Serialization;
using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>How gradients become steps. Immutable.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SgdOptimizerSettings), "sgd")]
[JsonDerivedType(typeof(AdamOptimizerSettings), "adam")]
[JsonDerivedType(typeof(AdamWOptimizerSettings), "adamw")]
public abstract record OptimizerSettings
{
    private protected OptimizerSettings() { }

    /// <summary>The learning rate η, above 0; default 0.1 for sgd, 0.001 for adam and adamw.</summary>
    [SettingRange(0, MinimumExclusive = true)]
    [JsonPropertyOrder(-1)]
    public double LearningRate { get; init; } = 0.1;

    /// <summary>L2 weight decay; default none.</summary>
    public WeightDecaySettings WeightDecay { get; init; } = new();

    /// <summary>The largest norm of the whole gradient, above 0; a longer gradient is scaled down to it. Default null, no clipping.</summary>
    [SettingRange(0, MinimumExclusive = true)]
    public double? ClipNorm { get; init; }

    /// <summary>How the learning rate changes from step to step; default constant.</summary>
    public LearningRateScheduleSettings Schedule { get; init; } = new ConstantScheduleSettings();
}
