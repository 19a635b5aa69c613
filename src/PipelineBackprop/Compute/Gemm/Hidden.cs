using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>What the compiler must not see.</summary>
internal static unsafe class Hidden
{
    /// <summary>The same pointer, of which the compiler knows nothing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void* Same(void* pointer) => pointer;
}
