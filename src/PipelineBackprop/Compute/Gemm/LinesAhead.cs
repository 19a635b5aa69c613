using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Asks for two cache lines, into the second cache.</summary>
internal readonly unsafe struct LinesAhead : IAhead
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Ask(byte* next, nint distance, nint turn)
    {
        if (!Sse.IsSupported) return next;
        Sse.Prefetch1(next);
        Sse.Prefetch1(next + distance);
        return next + turn;
    }
}
