using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>Asks for four cache lines, equally far apart: twice what <see cref="LinesAhead"/> asks for.</summary>
internal readonly unsafe struct FourLinesAhead : IAhead
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Ask(byte* next, nint distance, nint turn) =>
        LinesAhead.Ask(LinesAhead.Ask(next, distance, 2 * distance), distance, turn - 2 * distance);
}
