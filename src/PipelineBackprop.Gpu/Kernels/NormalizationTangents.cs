using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Operands of the tangent of layer normalisation, named as in <see cref="Compute.ICompute.LayerNormalizeTangent"/>.</summary>
internal readonly record struct NormalizationTangents(
    ArrayView<float> Normalized, ArrayView<float> Inverse, ArrayView<float> Gain, ArrayView<float> GainTangent, ArrayView<float> ShiftTangent,
    ArrayView<float> InputTangent, ArrayView<float> NormalizedTangent, ArrayView<float> InverseTangent, ArrayView<float> OutputTangent);
