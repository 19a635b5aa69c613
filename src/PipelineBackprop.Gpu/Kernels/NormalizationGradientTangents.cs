using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Operands of the tangent of layer normalisation's gradient, named as in <see cref="Compute.ICompute.LayerNormalizeBackwardTangent"/>.</summary>
internal readonly record struct NormalizationGradientTangents(
    ArrayView<float> Normalized, ArrayView<float> Inverse, ArrayView<float> NormalizedTangent, ArrayView<float> InverseTangent, ArrayView<float> Gain,
    ArrayView<float> GainTangent, ArrayView<float> Gradient, ArrayView<float> GradientTangent, ArrayView<float> InputGradientTangent);
