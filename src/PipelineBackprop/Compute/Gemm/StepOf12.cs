using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>A packed panel of 12 rows.</summary>
internal readonly unsafe struct StepOf12 : IStep
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Bytes<T>(nint aStep)
        where T : unmanaged => 12 * sizeof(T);
}
