using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>What the passes over long ranges need beyond <see cref="Vector512"/>.</summary>
internal static unsafe class Wide
{
    // Far enough for the third cache, near enough not to leave the first.
    private const int BytesAhead = 512;

    /// <summary>The first element of a vector in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> All<T>(Vector<T> value)
        where T : unmanaged => Vector512.Create(value[0]);

    /// <summary>Asks for what a pass will come to soon: several long ranges at once are more than the processor foresees.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead<T>(T* at)
        where T : unmanaged
    {
        if (Sse.IsSupported) Sse.Prefetch0((byte*)at + BytesAhead);
    }
}
