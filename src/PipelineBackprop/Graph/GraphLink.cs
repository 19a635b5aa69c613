using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Graph;

/// <summary>One operator of the chain from x to the outputs, before it has nodes: from a layer's formula, or a run of equal layers in a summary.</summary>
/// <param name="Operation">The operator.</param>
/// <param name="Layer">Index of its layer, or of the first of the run.</param>
/// <param name="Stage">The stage it belongs to.</param>
/// <param name="Number">The number its names carry.</param>
/// <param name="Parameters">Its parameters, in the order of the operation's.</param>
/// <param name="Width">Width of a row of its result.</param>
internal sealed record GraphLink(LayerOperation Operation, int Layer, int Stage, string Number, IReadOnlyList<GraphParameter> Parameters, int Width);

/// <summary>A parameter of the chain, before it has a node.</summary>
/// <param name="Use">How its operator uses it.</param>
/// <param name="Shape">Its shape; null for many parameters together.</param>
/// <param name="Elements">How many numbers it holds.</param>
/// <param name="IsDecayed">Whether its square is part of J.</param>
internal sealed record GraphParameter(OperationParameter Use, Shape? Shape, long Elements, bool IsDecayed);
