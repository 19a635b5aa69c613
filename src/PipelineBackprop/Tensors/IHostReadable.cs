namespace PipelineBackprop.Tensors;

/// <summary>
/// A device buffer that lives in host memory, so that every device can read it: what <see cref="Compute.ICompute.Export"/> hands out and
/// <see cref="Compute.ICompute.Import"/> takes. Reading is thread-safe while nobody writes.
/// </summary>
public interface IHostReadable
{
    /// <summary>The memory, <see cref="DeviceBuffer.Capacity"/> elements of the buffer's <see cref="DeviceBuffer.ElementType"/>; valid until it is disposed.</summary>
    ReadOnlySpan<byte> HostBytes { get; }
}
