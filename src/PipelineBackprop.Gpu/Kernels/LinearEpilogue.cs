namespace PipelineBackprop.Gpu.Kernels;

/// <summary>What happens to an element of a product before it is written; flags are 0 or 1.</summary>
/// <param name="Kind">The number of the activation kind.</param>
/// <param name="Slope">Its slope.</param>
/// <param name="HasBias">1 when a bias is added.</param>
/// <param name="KeepsZ">1 when the value before the activation is written too.</param>
/// <param name="Accumulates">1 when the result is added to what was there.</param>
internal readonly record struct LinearEpilogue(int Kind, float Slope, int HasBias, int KeepsZ, int Accumulates);
