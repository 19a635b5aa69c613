using System.Globalization;

namespace PipelineBackprop.Gpu;

/// <summary>A device has no memory left for a buffer. What was taken before stays valid.</summary>
public sealed class DeviceMemoryException : Exception
{
    internal DeviceMemoryException(string device, long bytes, long taken, Exception? inner = null)
        : base(string.Create(
            CultureInfo.InvariantCulture, $"device {device} has no room for {bytes:N0} bytes beside the {taken:N0} taken from it; use smaller micro-batches or more stages"),
            inner)
    { }
}
