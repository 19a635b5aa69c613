using System.Globalization;
using System.Runtime.InteropServices;

namespace PipelineBackprop.Gpu.Vendor;

/// <summary>
/// The functions of cuBLAS that are used, found at run time in whichever of its versions is there: ILGPU's own binding knows neither GemmEx nor version 13.
/// Signatures and numbers: NVIDIA cuBLAS documentation, sections cublasCreate, cublasSetStream, cublasSetWorkspace and cublasGemmEx, and library_types.h. Thread-safe.
/// </summary>
internal sealed unsafe class CuBlasLibrary
{
    private static readonly int[] s_versions = [13, 12, 11];
    private static readonly Lazy<CuBlasLibrary?> s_instance = new(Find);

    private CuBlasLibrary(int version, nint library)
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"cuBLAS {version}");
        Create = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cublasCreate_v2");
        Destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cublasDestroy_v2");
        SetStream = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cublasSetStream_v2");
        // From version 11.
        if (NativeLibrary.TryGetExport(library, "cublasSetWorkspace_v2", out nint setWorkspace))
            SetWorkspace = (delegate* unmanaged<nint, nint, nuint, int>)setWorkspace;
        GemmEx = (delegate* unmanaged<nint, int, int, int, int, int, void*, nint, int, int, nint, int, int, void*, nint, int, int, int, int, int>)
            NativeLibrary.GetExport(library, "cublasGemmEx");
    }

    /// <summary>The library, or null where none is installed.</summary>
    internal static CuBlasLibrary? Instance => s_instance.Value;

    /// <summary>Name and version: <c>cuBLAS 12</c>.</summary>
    internal string Name { get; }

    /// <summary>cublasCreate(handle*).</summary>
    internal delegate* unmanaged<nint*, int> Create { get; }

    /// <summary>cublasDestroy(handle).</summary>
    internal delegate* unmanaged<nint, int> Destroy { get; }

    /// <summary>cublasSetStream(handle, stream).</summary>
    internal delegate* unmanaged<nint, nint, int> SetStream { get; }

    /// <summary>Whether <see cref="SetWorkspace"/> is there.</summary>
    internal bool TakesWorkspace => SetWorkspace != null;

    /// <summary>cublasSetWorkspace(handle, address, bytes), behind cublasSetStream, which takes it back; null where the library is too old for it.</summary>
    internal delegate* unmanaged<nint, nint, nuint, int> SetWorkspace { get; }

    /// <summary>
    /// cublasGemmEx(handle, transa, transb, m, n, k, alpha*, A, Atype, lda, B, Btype, ldb, beta*, C, Ctype, ldc, computeType, algo).
    /// </summary>
    internal delegate* unmanaged<nint, int, int, int, int, int, void*, nint, int, int, nint, int, int, void*, nint, int, int, int, int, int> GemmEx { get; }

    private static CuBlasLibrary? Find()
    {
        foreach (int version in s_versions)
        {
            string[] names = OperatingSystem.IsWindows()
                ? [string.Create(CultureInfo.InvariantCulture, $"cublas64_{version}.dll")]
                : [string.Create(CultureInfo.InvariantCulture, $"libcublas.so.{version}")];
            foreach (string name in names)
            {
                if (!NativeLibrary.TryLoad(name, out nint library)) continue;
                if (NativeLibrary.TryGetExport(library, "cublasGemmEx", out _)) return new CuBlasLibrary(version, library);
                NativeLibrary.Free(library);
            }
        }
        return null;
    }
}
