using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Testing.Compute;

/// <summary>The same tensor on the processor and on the device under test.</summary>
public sealed class Both(ICompute expected, DeviceTensor onExpected, DeviceTensor onActual)
{
    public DeviceTensor this[ICompute compute] => ReferenceEquals(compute, expected) ? onExpected : onActual;
}
