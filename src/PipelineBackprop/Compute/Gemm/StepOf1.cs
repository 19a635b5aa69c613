using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Rows of A where they lie, their elements one after the other.</summary>
internal readonly unsafe struct StepOf1 : IStep
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Bytes<T>(nint aStep)
        where T : unmanaged => sizeof(T);
}
