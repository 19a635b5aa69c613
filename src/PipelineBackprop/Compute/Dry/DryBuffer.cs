using PipelineBackprop.Tensors;

namespace PipelineBackprop.Compute;

/// <summary>A buffer that takes no memory: it only has a size for the ledger to count.</summary>
internal sealed class DryBuffer(ElementType elementType, int capacity, bool isView = false) : DeviceBuffer(elementType, capacity)
{
    public override bool IsView => isView;

    protected override void Dispose(bool disposing) { }
}
