using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Benchmarks.Scoreboard.Peers;

/// <summary>OpenBLAS, if the system has it; the engine never uses it.</summary>
internal sealed unsafe partial class OpenBlas
{
    private const int RowMajor = 101, NoTranspose = 111, Transpose = 112;
    private static readonly string[] s_names = ["libopenblas.so.0", "libopenblas.so", "libopenblas"];
    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemm;
    private readonly delegate* unmanaged<int, void> _setThreads;
    private readonly delegate* unmanaged<int> _getThreads;

    private OpenBlas(nint sgemm, nint setThreads, nint getThreads, nint config)
    {
        _sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)sgemm;
        _setThreads = (delegate* unmanaged<int, void>)setThreads;
        _getThreads = (delegate* unmanaged<int>)getThreads;
        Version = Marshal.PtrToStringAnsi((nint)((delegate* unmanaged<byte*>)config)()) ?? "OpenBLAS";
    }

    /// <summary>Version, options and the kernel it chose, in its own words.</summary>
    public string Version { get; }

    /// <summary>The system's library, or null where there is none.</summary>
    public static OpenBlas? Find()
    {
        if (OperatingSystem.IsLinux()) SetUp();
        foreach (string name in s_names)
        {
            if (NativeLibrary.TryLoad(name, out nint library) && In(library) is { } found) return found;
        }
        return null;
    }

    /// <summary>OpenBLAS in a library that is loaded, or null where it has not all that is needed: it can be built without the C interface.</summary>
    public static OpenBlas? In(nint library) =>
        NativeLibrary.TryGetExport(library, "cblas_sgemm", out nint sgemm) && NativeLibrary.TryGetExport(library, "openblas_set_num_threads", out nint setThreads)
        && NativeLibrary.TryGetExport(library, "openblas_get_num_threads", out nint getThreads) && NativeLibrary.TryGetExport(library, "openblas_get_config", out nint config)
            ? new OpenBlas(sgemm, setThreads, getThreads, config) : null;

    /// <summary>Whether it computes on so many threads from now on; one that is built without threads does not.</summary>
    public bool TrySetThreads(int threads)
    {
        _setThreads(threads);
        return _getThreads() == threads;
    }

    /// <summary>C = op(A) op(B), row-major.</summary>
    public void Multiply(int m, int n, int k, float* a, bool transposeA, float* b, bool transposeB, float* c) => _sgemm(
        RowMajor, transposeA ? Transpose : NoTranspose, transposeB ? Transpose : NoTranspose,
        m, n, k, 1, a, transposeA ? m : k, b, transposeB ? k : n, 0, c, n);

    // OpenBLAS reads the environment of the C library when it is loaded, which .NET's own functions do not change; what the user has set stays.
    private static void SetUp()
    {
        // Its threads would spin for 2²⁸ cycles after a product, a tenth of a second in which they take a core from whoever comes next.
        _ = SetEnvironment("OPENBLAS_THREAD_TIMEOUT", "20", overwrite: 0);
        // On processors newer than itself it falls back to kernels of SSE2. This is what it takes for those it knows that have these instructions.
        if (HasBfloat16OfAvx512) _ = SetEnvironment("OPENBLAS_CORETYPE", "Cooperlake", overwrite: 0);
    }

    private static bool HasBfloat16OfAvx512 => Avx512F.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
