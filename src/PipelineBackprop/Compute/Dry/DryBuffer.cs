using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>A buffer that takes no memory: it only has a size for the ledger to count.</summary>
internal sealed class DryBuffer(ElementType elementType, int capacity) : DeviceBuffer(elementType, capacity)
{
    protected override void Dispose(bool disposing) { }
}
