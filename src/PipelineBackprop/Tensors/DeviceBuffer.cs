namespace PipelineBackprop.Tensors;

/// <summary>
/// Memory of one device, opaque to everything but the compute that allocated it. Used by one thread at a time, disposed on the
/// thread of its device.
/// </summary>
public abstract class DeviceBuffer(ElementType elementType, int capacity) : IDisposable
{
    /// <summary>The number format of the elements.</summary>
    public ElementType ElementType { get; } = elementType;

    /// <summary>How many elements fit.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Capacity in bytes.</summary>
    public long Bytes => (long)Capacity * ElementType.Size();

    /// <summary>Whether the memory is somebody else's, lent for a pass: such a buffer does not leave its stage.</summary>
    public virtual bool IsView => false;

    /// <summary>Gives the memory back to the device; a second call does nothing.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);
}
