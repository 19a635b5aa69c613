using System.Runtime.InteropServices;
using PipelineBackprop.Gpu.Vendor;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>
/// The functions of OpenCL 1.2 for events, which ILGPU keeps to itself. Signatures: Khronos OpenCL API specification, sections 5.11 to 5.13 and 5.15. Thread-safe.
/// </summary>
internal sealed unsafe class ClDriver
{
    private static readonly Lazy<ClDriver?> s_instance = new(() => DriverLibrary.Find(DriverLibrary.OpenCl, library => new ClDriver(library)));

    private ClDriver(nint library)
    {
        Marker = (delegate* unmanaged<nint, uint, nint*, nint*, int>)NativeLibrary.GetExport(library, "clEnqueueMarkerWithWaitList");
        Barrier = (delegate* unmanaged<nint, uint, nint*, nint*, int>)NativeLibrary.GetExport(library, "clEnqueueBarrierWithWaitList");
        Flush = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "clFlush");
        WaitForEvents = (delegate* unmanaged<uint, nint*, int>)NativeLibrary.GetExport(library, "clWaitForEvents");
        ReleaseEvent = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "clReleaseEvent");
    }

    /// <summary>The driver's functions, or null where it or one of them is missing.</summary>
    internal static ClDriver? Instance => s_instance.Value;

    /// <summary>clEnqueueMarkerWithWaitList(queue, count, events*, event*).</summary>
    internal delegate* unmanaged<nint, uint, nint*, nint*, int> Marker { get; }

    /// <summary>clEnqueueBarrierWithWaitList(queue, count, events*, event*).</summary>
    internal delegate* unmanaged<nint, uint, nint*, nint*, int> Barrier { get; }

    /// <summary>clFlush(queue).</summary>
    internal delegate* unmanaged<nint, int> Flush { get; }

    /// <summary>clWaitForEvents(count, events*).</summary>
    internal delegate* unmanaged<uint, nint*, int> WaitForEvents { get; }

    /// <summary>clReleaseEvent(event).</summary>
    internal delegate* unmanaged<nint, int> ReleaseEvent { get; }

    internal static void Require(int status, string function)
    {
        if (status != 0) throw new InvalidOperationException($"OpenCL: {function} failed with status {status}");
    }
}
