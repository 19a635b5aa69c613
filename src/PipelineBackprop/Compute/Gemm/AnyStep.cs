using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>An A of any strides.</summary>
internal readonly struct AnyStep : IStep
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Bytes<T>(nint aStep)
        where T : unmanaged => aStep;
}
