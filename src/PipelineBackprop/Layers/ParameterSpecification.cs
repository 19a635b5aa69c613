using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>A parameter that a layer asks for.</summary>
/// <param name="Name">The name within the layer: <c>weight</c>, <c>bias</c>, <c>gain</c>, <c>shift</c>.</param>
/// <param name="Shape">Its shape; weights are [out×in].</param>
/// <param name="Initializer">How it starts.</param>
/// <param name="IsDecayed">Whether weight decay applies by default: true for weights, false for biases and normalisation parameters.</param>
public sealed record ParameterSpecification(string Name, Shape Shape, Initializer Initializer, bool IsDecayed);
