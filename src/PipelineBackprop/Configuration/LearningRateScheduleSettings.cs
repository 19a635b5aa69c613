using System.Text.Json.Serialization;
using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>How the learning rate changes from step to step. Immutable.</summary>
[NameAccepted]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConstantScheduleSettings), "constant")]
[JsonDerivedType(typeof(StepScheduleSettings), "step")]
[JsonDerivedType(typeof(CosineScheduleSettings), "cosine")]
[JsonDerivedType(typeof(LinearScheduleSettings), "linear")]
[JsonDerivedType(typeof(OneCycleScheduleSettings), "oneCycle")]
public abstract record LearningRateScheduleSettings
{
    private protected LearningRateScheduleSettings() { }

    /// <summary>Steps in which the rate first rises from 0 to its full value, at least 0; default 0.</summary>
    [SettingRange(0)]
    [JsonPropertyOrder(-1)]
    public int WarmupSteps { get; init; }
}
