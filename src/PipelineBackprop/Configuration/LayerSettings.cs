using System.Text.Json.Serialization;
using PipelineBackprop.Configuration.Reading;

namespace PipelineBackprop.Configuration;

/// <summary>One layer; its input width is the output width of the layer before. Immutable.</summary>
[NameAccepted]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DenseLayerSettings), "dense")]
[JsonDerivedType(typeof(ActivationLayerSettings), "activation")]
[JsonDerivedType(typeof(DropoutLayerSettings), "dropout")]
[JsonDerivedType(typeof(LayerNormalizationSettings), "layerNormalization")]
[JsonDerivedType(typeof(RegisteredLayerSettings))]
public abstract record LayerSettings
{
    private protected LayerSettings() { }
}
