using System.Numerics;
using System.Runtime.CompilerServices;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// Element i of the micro-batch is word <c>first + i</c> of the mask's stream: rows follow each other in memory as examples do in the stream, so the
/// micro-batch is one run of words.
/// </summary>
internal readonly unsafe struct DropoutKernel<T>(DropoutMask mask, ulong first, T* x, T* y) : IRangeKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Words drawn at a time: they stay in the first cache.
    private const int Chunk = 1024;

    private readonly ulong _key = mask.Key, _stream = mask.Stream, _first = first;
    private readonly ulong _threshold = (ulong)Math.Ceiling(mask.Rate * 4294967296.0); // word ≥ rate · 2³² in whole numbers
    private readonly T _scale = T.CreateTruncating(1 / (1 - mask.Rate));
    private readonly T* _x = x, _y = y;

    /// <inheritdoc/>
    public static int Weight => 8;

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Execute(int start, int count)
    {
        // A rate so near 1 that no word of 32 bits reaches it.
        if (_threshold > uint.MaxValue)
        {
            new Span<T>(_y + start, count).Clear();
            return;
        }
        uint* words = stackalloc uint[Chunk + 4 + PhiloxLanes.Slack];
        for (int done = 0; done < count; done += Chunk)
        {
            ulong word = _first + (ulong)(start + done);
            int own = Math.Min(Chunk, count - done), before = (int)(word & 3);
            PhiloxLanes.Fill(_key, _stream, word >> 2, words, (before + own + 3) / 4);
            Apply(words + before, _x + start + done, _y + start + done, own);
        }
    }

    private void Apply(uint* words, T* x, T* y, int count)
    {
        Vector<uint> threshold = new((uint)_threshold);
        Vector<T> scale = new(_scale);
        int step = Vector<uint>.Count, half = Vector<T>.Count, i = 0;
        for (; i <= count - step; i += step)
        {
            Vector<int> kept = Vector.GreaterThanOrEqual(Vector.Load(words + i), threshold).As<uint, int>();
            (Vector.Load(x + i) * scale & First(kept)).Store(y + i);
            if (half < step) (Vector.Load(x + i + half) * scale & Second(kept)).Store(y + i + half);
        }
        if (i == count) return;
        Vector<int> last = Vector.GreaterThanOrEqual(Vector.Load(words + i), threshold).As<uint, int>();
        Lanes.Store(Lanes.Load(x + i, count - i) * scale & First(last), y + i, count - i);
        if (half < count - i) Lanes.Store(Lanes.Load(x + i + half, count - i - half) * scale & Second(last), y + i + half, count - i - half);
    }

    // All bits or none, in the width of an element.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> First(Vector<int> kept) => typeof(T) == typeof(float) ? kept.As<int, T>() : Vector.WidenLower(kept).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Second(Vector<int> kept) => Vector.WidenUpper(kept).As<long, T>();
}
