using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>φ' on a micro-batch.</summary>
/// <param name="Activation">φ.</param>
/// <param name="Saved">What φ' is computed from: φ's output or its input, see <see cref="Activation.DerivativeFromOutput"/>.</param>
internal readonly record struct ActivationDerivative(Activation Activation, DeviceTensor Saved);
