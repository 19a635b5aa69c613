using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>A packed panel of 6 rows.</summary>
internal readonly unsafe struct StepOf6 : IStep
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Bytes<T>(nint aStep)
        where T : unmanaged => 6 * sizeof(T);
}
