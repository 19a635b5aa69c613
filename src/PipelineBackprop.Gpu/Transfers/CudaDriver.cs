using System.Runtime.InteropServices;
using PipelineBackprop.Gpu.Vendor;

namespace PipelineBackprop.Gpu.Transfers;

/// <summary>
/// The functions of CUDA's driver that ILGPU does not bind. Signatures: CUDA Driver API, sections Stream Management, Memory Management and Context
/// Management. Thread-safe.
/// </summary>
internal sealed unsafe class CudaDriver
{
    private static readonly Lazy<CudaDriver?> s_instance = new(() => DriverLibrary.Find(DriverLibrary.Cuda, library => new CudaDriver(library)));

    private CudaDriver(nint library)
    {
        StreamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)NativeLibrary.GetExport(library, "cuStreamWaitEvent");
        CopyPeer = (delegate* unmanaged<nint, nint, nint, nint, nuint, nint, int>)NativeLibrary.GetExport(library, "cuMemcpyPeerAsync");
        PushContext = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuCtxPushCurrent_v2");
        PopContext = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cuCtxPopCurrent_v2");
    }

    /// <summary>The driver's functions, or null where it or one of them is missing.</summary>
    internal static CudaDriver? Instance => s_instance.Value;

    /// <summary>cuStreamWaitEvent(stream, event, flags): the event may be of another context.</summary>
    internal delegate* unmanaged<nint, nint, uint, int> StreamWaitEvent { get; }

    /// <summary>cuMemcpyPeerAsync(target, targetContext, source, sourceContext, bytes, stream).</summary>
    internal delegate* unmanaged<nint, nint, nint, nint, nuint, nint, int> CopyPeer { get; }

    /// <summary>cuCtxPushCurrent(context).</summary>
    internal delegate* unmanaged<nint, int> PushContext { get; }

    /// <summary>cuCtxPopCurrent(context*).</summary>
    internal delegate* unmanaged<nint*, int> PopContext { get; }

    internal static void Require(int status, string function)
    {
        if (status != 0) throw new InvalidOperationException($"CUDA: {function} failed with status {status}");
    }
}
