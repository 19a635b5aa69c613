using System.Text.Json.Serialization;
using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>The loss of one example; L is its mean over the minibatch. Immutable.</summary>
[NameAccepted]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SoftmaxCrossEntropyLossSettings), "softmaxCrossEntropy")]
[JsonDerivedType(typeof(HalfSquaredErrorLossSettings), "halfSquaredError")]
[JsonDerivedType(typeof(BinaryCrossEntropyLossSettings), "binaryCrossEntropy")]
[JsonDerivedType(typeof(HuberLossSettings), "huber")]
public abstract record LossSettings
{
    private protected LossSettings() { }
}
