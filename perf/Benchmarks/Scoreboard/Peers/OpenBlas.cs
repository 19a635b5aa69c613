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

    private OpenBlas(nint library)
    {
        _sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(library, "cblas_sgemm");
        _setThreads = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads");
        var config = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "openblas_get_config");
        Version = Marshal.PtrToStringAnsi((nint)config()) ?? "OpenBLAS";
    }

    /// <summary>Version, options and the kernel it chose, in its own words.</summary>
    public string Version { get; }

    /// <summary>The library, or null where there is none.</summary>
    public static OpenBlas? Find()
    {
        if (OperatingSystem.IsLinux()) SetUp();
        foreach (string name in s_names)
        {
            if (NativeLibrary.TryLoad(name, out nint library)) return new OpenBlas(library);
        }
        return null;
    }

    public void SetThreads(int threads) => _setThreads(threads);

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
