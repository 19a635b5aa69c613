using System.Runtime.Intrinsics.X86;
using PipelineBackprop.Compute.Gemm;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// Packs panels of a matrix product's right operand [k×n]; an item of the range is a panel. The panels are in no cache, so their lines are asked for before they
/// are written.
/// </summary>
internal readonly unsafe struct PackPanelsKernel<T>(T* source, nint column, nint step, int k, int n, int width, T* panels) : IRangeKernel
    where T : unmanaged
{
    // Inner steps of a piece: at most 2 KiB, 32 lines, not many more than the first cache waits for at a time.
    private const int StepsAtOnce = 16;

    private const int CacheLine = 64;

    private readonly T* _source = source, _panels = panels;
    private readonly nint _column = column, _step = step;
    private readonly int _k = k, _n = n, _width = width;

    /// <inheritdoc/>
    public void Execute(int start, int count)
    {
        int end = Math.Min((start + count) * _width, _n);
        // A piece of every panel before the next pieces, so that rows of the source which are copied stay open for the prefetcher. Not GemmPacking's loop: with a way to
        // ask in it, products that pack for themselves were slower even where nothing is asked for.
        for (int p = 0; p < _k; p += StepsAtOnce)
            for (int first = start * _width; first < end; first += _width) PackPiece(first, Math.Min(_width, end - first), p);
    }

    private void PackPiece(int first, int columns, int p)
    {
        T* piece = _panels + (nint)first * _k + (nint)p * _width;
        nint bytes = (nint)StepsAtOnce * _width * sizeof(T);
        Ask((byte*)piece + 2 * bytes, bytes);
        GemmPacking.Pack(_source + first * _column + p * _step, _column, _step, columns, Math.Min(StepsAtOnce, _k - p), _width, piece, _width);
    }

    private static void Ask(byte* lines, nint bytes)
    {
        if (!Sse.IsSupported) return;
        for (byte* end = lines + bytes; lines < end; lines += CacheLine) Sse.Prefetch0(lines);
    }
}
