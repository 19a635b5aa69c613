using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>A parameter of a stage with its optimizer state; keyed by layer, never by stage.</summary>
/// <param name="Layer">Index of the layer in the model.</param>
/// <param name="Name">Name in checkpoints: <c>layers.0.weight</c>.</param>
/// <param name="Specification">Shape, start and decay.</param>
/// <param name="Value">The parameter.</param>
/// <param name="State">The optimizer's tensors.</param>
internal sealed record OptimizedParameter(
    int Layer, string Name, ParameterSpecification Specification, DeviceTensor Value, IReadOnlyList<DeviceTensor> State);
