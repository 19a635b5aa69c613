using System.Runtime.InteropServices;
using PipelineBackprop.Gpu.Vendor;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>
/// The functions of CUDA's driver for graphs, which ILGPU does not bind; from driver 11.4. Signatures: CUDA Driver API, sections Stream Management
/// (cuStreamBeginCapture, cuStreamEndCapture) and Graph Management. Thread-safe.
/// </summary>
internal sealed unsafe class CudaGraphDriver
{
    /// <summary>CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: a call that may not be made in the middle of a recording fails on this thread alone.</summary>
    internal const int ThreadLocal = 1;

    private static readonly Lazy<CudaGraphDriver?> s_instance = new(() => DriverLibrary.Find(DriverLibrary.Cuda, library => new CudaGraphDriver(library)));

    private CudaGraphDriver(nint library)
    {
        BeginCapture = (delegate* unmanaged<nint, int, int>)NativeLibrary.GetExport(library, "cuStreamBeginCapture_v2");
        EndCapture = (delegate* unmanaged<nint, nint*, int>)NativeLibrary.GetExport(library, "cuStreamEndCapture");
        GetNodes = (delegate* unmanaged<nint, nint*, nuint*, int>)NativeLibrary.GetExport(library, "cuGraphGetNodes");
        Instantiate = (delegate* unmanaged<nint*, nint, ulong, int>)NativeLibrary.GetExport(library, "cuGraphInstantiateWithFlags");
        Launch = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cuGraphLaunch");
        Destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuGraphDestroy");
        DestroyExecutable = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuGraphExecDestroy");
    }

    /// <summary>The driver's functions, or null where it or one of them is missing.</summary>
    internal static CudaGraphDriver? Instance => s_instance.Value;

    /// <summary>cuStreamBeginCapture(stream, mode).</summary>
    internal delegate* unmanaged<nint, int, int> BeginCapture { get; }

    /// <summary>cuStreamEndCapture(stream, graph*); the graph is null when the recording was spoilt.</summary>
    internal delegate* unmanaged<nint, nint*, int> EndCapture { get; }

    /// <summary>cuGraphGetNodes(graph, nodes*, count*): with no room for nodes their count.</summary>
    internal delegate* unmanaged<nint, nint*, nuint*, int> GetNodes { get; }

    /// <summary>cuGraphInstantiateWithFlags(executable*, graph, flags).</summary>
    internal delegate* unmanaged<nint*, nint, ulong, int> Instantiate { get; }

    /// <summary>cuGraphLaunch(executable, stream).</summary>
    internal delegate* unmanaged<nint, nint, int> Launch { get; }

    /// <summary>cuGraphDestroy(graph).</summary>
    internal delegate* unmanaged<nint, int> Destroy { get; }

    /// <summary>cuGraphExecDestroy(executable).</summary>
    internal delegate* unmanaged<nint, int> DestroyExecutable { get; }
}
