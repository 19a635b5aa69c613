using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmSimd = System.Runtime.Intrinsics.Arm.AdvSimd;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>The product on one path: what is left after the path was chosen.</summary>
internal abstract class GemmDriver<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly GemmDriver<T>?[] s_drivers =
    [
        null,
        HasVector512 ? new GemmDriver<T, GemmKernel12<T, Vector512<T>, Simd512<T>, FoldedBroadcasts>, Vector512<T>, Simd512<T>>() : null,
        HasVector512 ? new GemmDriver<T, GemmKernel12<T, Vector512<T>, Simd512<T>, SharedBroadcasts>, Vector512<T>, Simd512<T>>() : null,
        HasVector256 ? new GemmDriver<T, GemmKernel6<T, Vector256<T>, Simd256<T>>, Vector256<T>, Simd256<T>>() : null,
        HasVector128 ? Vector128Driver() : null,
        new GemmDriver<T, GemmKernel6<T, T, SimdScalar<T>>, T, SimdScalar<T>>(),
    ];

    private static readonly GemmDriver<T> s_best =
        (ProcessorFacts.IsShortOfLoads ? s_drivers[(int)GemmPath.Vector512Shared] : null) ?? Array.Find(s_drivers, driver => driver is not null)!;

    private static bool HasVector512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    private static bool HasVector256 => Vector256.IsHardwareAccelerated && Fma.IsSupported;

    private static bool HasVector128 => Vector128.IsHardwareAccelerated && (Fma.IsSupported || ArmSimd.Arm64.IsSupported);

    /// <summary>The driver of a path.</summary>
    /// <exception cref="PlatformNotSupportedException">This machine cannot run the path.</exception>
    internal static GemmDriver<T> Of(GemmPath path)
    {
        if (path == GemmPath.Auto)
            return s_best;
        if ((uint)path >= (uint)s_drivers.Length)
            throw new ArgumentOutOfRangeException(nameof(path), path, "Not a path of the matrix product.");
        return s_drivers[(int)path]
            ?? throw new PlatformNotSupportedException($"The matrix product's path {path} needs instructions that this machine does not have; use {nameof(GemmPath.Auto)}.");
    }

    /// <summary>True when this machine can run the path.</summary>
    internal static bool IsAvailable(GemmPath path) => path == GemmPath.Auto || s_drivers[(int)path] is not null;

    /// <summary>Columns of a full tile and of a packed panel of B.</summary>
    internal abstract int PanelColumns { get; }

    /// <summary>Bytes that a guest needs for whatever product.</summary>
    internal abstract long GuestBytes { get; }

    /// <summary>Computes a product whose sizes are all at least 1; others may help where there is a door.</summary>
    internal abstract void Multiply(in GemmView<T> problem, GemmWorkspace workspace, Threading.ThreadTeam? team, Threading.OpenJob? door);

    /// <summary>Bytes of the workspace that <see cref="Multiply"/> of such a product reserves.</summary>
    internal abstract long WorkspaceBytes(in GemmView<T> problem, int threads);

    // Arm64 has 32 vector registers, x64 without AVX-512 has 16.
    private static GemmDriver<T> Vector128Driver() => ArmSimd.Arm64.IsSupported
        ? new GemmDriver<T, GemmKernel12<T, Vector128<T>, Simd128<T>, SharedBroadcasts>, Vector128<T>, Simd128<T>>()
        : new GemmDriver<T, GemmKernel6<T, Vector128<T>, Simd128<T>>, Vector128<T>, Simd128<T>>();
}
