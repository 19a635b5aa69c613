using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>More instructions and fewer loads: 39 and 14 a step of 24 multiply-adds. For a core that does as many multiply-adds a cycle as loads, with a decoder to spare.</summary>
internal readonly struct SharedBroadcasts : IFolding
{
    /// <inheritdoc/>
    public static bool Folds
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }
}
