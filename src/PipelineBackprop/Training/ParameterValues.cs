using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>A parameter (or its gradient) in host memory, in float64 so that no device's numbers are rounded.</summary>
/// <param name="Name"><c>layers.N.weight</c>, N counting the model's layers from 0.</param>
/// <param name="Shape">[out×in] for weights.</param>
/// <param name="Values">Row-major.</param>
public sealed record ParameterValues(string Name, Shape Shape, double[] Values);
