using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>
/// Copies a strip of a matrix into a panel: for each of <c>depth</c> inner steps, <c>width</c> elements side by side, in the order the kernel
/// reads them. Places beyond the strip's <c>count</c> elements are zero.
/// </summary>
internal static unsafe class GemmPacking
{
    // Inner steps that are copied before the next panel's turn: long enough to write whole cache lines, short enough that a few rows of the source stay open.
    private const int StepsAtOnce = 8;

    // Inner steps that are turned before the panel's next: 16 KiB of 32 floats, which eight rows at a time come back to.
    private const int TurnedAtOnce = 128;

    /// <summary>
    /// Packs a strip whose elements (rows of A or columns of B) are <paramref name="item"/> apart and whose inner steps are <paramref name="step"/> apart. Places
    /// from <paramref name="read"/> on are not read by anyone and stay undefined.
    /// </summary>
    internal static void Pack<T>(T* source, nint item, nint step, int count, int depth, int width, T* panel, int read)
        where T : unmanaged
    {
        if (count < read)
            new Span<T>(panel, depth * width).Clear();
        if (item == 1)
            PackContiguous(source, step, count, depth, width, panel);
        else
            PackTransposed(source, item, count, depth, width, panel);
    }

    /// <summary>Packs a strip of any number of elements into panels of <paramref name="width"/>, one after the other; <paramref name="readOfLast"/> as in <see cref="Pack"/>, of the last.</summary>
    internal static void PackPanels<T>(T* source, nint item, nint step, int count, int depth, int width, T* panels, int readOfLast)
        where T : unmanaged
    {
        // Rows of the source stay open for the prefetcher where they are copied; where they are turned, a part of a panel stays in the first cache.
        bool copies = item == 1;
        int strip = copies ? count : width, steps = copies ? StepsAtOnce : TurnedAtOnce;
        for (int first = 0; first < count; first += strip)
        {
            for (int p = 0; p < depth; p += steps)
            {
                for (int i = first; i < Math.Min(first + strip, count); i += width)
                {
                    T* panel = panels + (nint)i * depth + p * width;
                    Pack(source + i * item + p * step, item, step, Math.Min(width, count - i), Math.Min(steps, depth - p), width, panel, i + width < count ? width : readOfLast);
                }
            }
        }
    }

    // The elements of one step are neighbours in the source.
    private static void PackContiguous<T>(T* source, nint step, int count, int depth, int width, T* panel)
        where T : unmanaged
    {
        nint bytes = count * sizeof(T);
        if (bytes >= Vector256<byte>.Count)
            CopyRows<Vector256<byte>>((byte*)source, step * sizeof(T), bytes, depth, (byte*)panel, width * sizeof(T));
        else if (bytes >= Vector128<byte>.Count)
            CopyRows<Vector128<byte>>((byte*)source, step * sizeof(T), bytes, depth, (byte*)panel, width * sizeof(T));
        else
            CopyRows<T>((byte*)source, step * sizeof(T), bytes, depth, (byte*)panel, width * sizeof(T));
    }

    // Short rows of at least a unit, whose last unit may overlap the one before; a call of the library's copy would cost more than the row.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows<TUnit>(byte* source, nint step, nint bytes, int rows, byte* panel, nint width)
        where TUnit : unmanaged
    {
        nint last = bytes - sizeof(TUnit);
        for (; rows > 0; rows--, source += step, panel += width)
        {
            for (nint at = 0; at < last; at += sizeof(TUnit))
                Unsafe.WriteUnaligned(panel + at, Unsafe.ReadUnaligned<TUnit>(source + at));
            Unsafe.WriteUnaligned(panel + last, Unsafe.ReadUnaligned<TUnit>(source + last));
        }
    }

    // The steps of one element are neighbours in the source: squares of 8 × 8 and 4 × 4 are turned in registers where that is possible.
    private static void PackTransposed<T>(T* source, nint item, int count, int depth, int width, T* panel)
        where T : unmanaged
    {
        int i = 0;
        if (typeof(T) == typeof(float) && Avx512F.IsSupported)
        {
            for (; i + 16 <= count; i += 16)
                Transpose16((float*)(source + i * item), item, depth, width, (float*)panel + i);
        }
        if (typeof(T) == typeof(float) && Avx.IsSupported)
        {
            for (; i + 8 <= count; i += 8)
                Transpose8((float*)(source + i * item), item, depth, width, (float*)panel + i);
        }
        for (; i + 4 <= count; i += 4)
            Transpose4(source + i * item, item, depth, width, panel + i);
        for (; i < count; i++)
        {
            T* s = source + i * item, d = panel + i;
            for (int p = 0; p < depth; p++, d += width)
                *d = s[p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose4<T>(T* s0, nint item, int depth, int width, T* panel)
        where T : unmanaged
    {
        T* s1 = s0 + item, s2 = s1 + item, s3 = s2 + item;
        int p = 0;
        if (typeof(T) == typeof(float) && Sse.IsSupported)
        {
            for (; p + 4 <= depth; p += 4, panel += 4 * width)
            {
                Vector128<float> a0 = Vector128.Load((float*)s0 + p), a1 = Vector128.Load((float*)s1 + p);
                Vector128<float> a2 = Vector128.Load((float*)s2 + p), a3 = Vector128.Load((float*)s3 + p);
                Vector128<float> low01 = Sse.UnpackLow(a0, a1), high01 = Sse.UnpackHigh(a0, a1);
                Vector128<float> low23 = Sse.UnpackLow(a2, a3), high23 = Sse.UnpackHigh(a2, a3);
                Sse.MoveLowToHigh(low01, low23).Store((float*)panel);
                Sse.MoveHighToLow(low23, low01).Store((float*)panel + width);
                Sse.MoveLowToHigh(high01, high23).Store((float*)panel + 2 * width);
                Sse.MoveHighToLow(high23, high01).Store((float*)panel + 3 * width);
            }
        }
        for (; p < depth; p++, panel += width)
        {
            panel[0] = s0[p];
            panel[1] = s1[p];
            panel[2] = s2[p];
            panel[3] = s3[p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8(float* source, nint item, int depth, int width, float* panel)
    {
        float* s4 = source + 4 * item;
        nint item3 = 3 * item;
        int p = 0;
        for (; p + 8 <= depth; p += 8, source += 8, s4 += 8)
        {
            // Each pair of half rows (r, r + 4) in one register, then two rounds of interleaving.
            Vector256<float> a0 = Halves(source, s4), a1 = Halves(source + item, s4 + item);
            Vector256<float> a2 = Halves(source + 2 * item, s4 + 2 * item), a3 = Halves(source + item3, s4 + item3);
            StoreQuad(a0, a1, a2, a3, width, panel);
            a0 = Halves(source + 4, s4 + 4);
            a1 = Halves(source + item + 4, s4 + item + 4);
            a2 = Halves(source + 2 * item + 4, s4 + 2 * item + 4);
            a3 = Halves(source + item3 + 4, s4 + item3 + 4);
            StoreQuad(a0, a1, a2, a3, width, panel + 4 * width);
            panel += 8 * width;
        }
        TurnOneByOne(source, item, rows: 8, depth - p, width, panel);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose16(float* source, nint item, int depth, int width, float* panel)
    {
        int p = 0;
        for (; p + 4 <= depth; p += 4, source += 4, panel += 4 * width)
        {
            // A quarter of four rows each (r, r + 4, r + 8, r + 12) in one register, then two rounds of interleaving.
            Vector512<float> a0 = Quarters(source, item), a1 = Quarters(source + item, item), a2 = Quarters(source + 2 * item, item), a3 = Quarters(source + 3 * item, item);
            Vector512<float> low01 = Avx512F.UnpackLow(a0, a1), high01 = Avx512F.UnpackHigh(a0, a1);
            Vector512<float> low23 = Avx512F.UnpackLow(a2, a3), high23 = Avx512F.UnpackHigh(a2, a3);
            Avx512F.Shuffle(low01, low23, 0x44).Store(panel);
            Avx512F.Shuffle(low01, low23, 0xEE).Store(panel + width);
            Avx512F.Shuffle(high01, high23, 0x44).Store(panel + 2 * width);
            Avx512F.Shuffle(high01, high23, 0xEE).Store(panel + 3 * width);
        }
        TurnOneByOne(source, item, rows: 16, depth - p, width, panel);
    }

    // The last few steps, which fill no square.
    private static void TurnOneByOne(float* source, nint item, int rows, int steps, int width, float* panel)
    {
        for (int p = 0; p < steps; p++, source++, panel += width)
        {
            for (int r = 0; r < rows; r++)
                panel[r] = source[r * item];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quarters(float* row, nint item)
    {
        Vector512<float> rows = Vector128.Load(row).ToVector256Unsafe().ToVector512Unsafe();
        rows = Avx512F.InsertVector128(rows, Vector128.Load(row + 4 * item), 1);
        rows = Avx512F.InsertVector128(rows, Vector128.Load(row + 8 * item), 2);
        return Avx512F.InsertVector128(rows, Vector128.Load(row + 12 * item), 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Halves(float* lower, float* upper) => Vector256.Create(Vector128.Load(lower), Vector128.Load(upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuad(Vector256<float> a0, Vector256<float> a1, Vector256<float> a2, Vector256<float> a3, nint width, float* panel)
    {
        Vector256<float> low01 = Avx.UnpackLow(a0, a1), high01 = Avx.UnpackHigh(a0, a1);
        Vector256<float> low23 = Avx.UnpackLow(a2, a3), high23 = Avx.UnpackHigh(a2, a3);
        Avx.Shuffle(low01, low23, 0x44).Store(panel);
        Avx.Shuffle(low01, low23, 0xEE).Store(panel + width);
        Avx.Shuffle(high01, high23, 0x44).Store(panel + 2 * width);
        Avx.Shuffle(high01, high23, 0xEE).Store(panel + 3 * width);
    }
}
