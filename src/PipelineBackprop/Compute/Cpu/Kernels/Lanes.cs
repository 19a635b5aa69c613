using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PipelineBackprop.Compute.Gemm;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>
/// Loads and stores of up to one vector. A partial vector is padded with zeros and goes the same way as a full one, so the last elements of a range
/// get the same bits as the others.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>The first <paramref name="count"/> elements, at most a vector's worth; the rest 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load<T>(T* source, int count)
        where T : unmanaged => count >= Vector<T>.Count ? Vector.Load(source) : LoadPart(source, count);

    /// <summary>Writes the first <paramref name="count"/> lanes, at most a vector's worth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector<T> value, T* target, int count)
        where T : unmanaged
    {
        if (count >= Vector<T>.Count) value.Store(target);
        else StorePart(value, target, count);
    }

    /// <summary>Lanes from <paramref name="count"/> on replaced by <paramref name="filler"/>: what a reduction must not see.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Mask<T>(Vector<T> value, int count, T filler)
        where T : unmanaged => count >= Vector<T>.Count ? value : MaskPart(value, count, filler);

    /// <summary>
    /// Adds the lanes to four sums in float64, element i of the range to sum i mod 4: the same sums whatever the width of a vector. <paramref name="at"/> is the place
    /// of the first lane, a multiple of the lanes' number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> AddTo<T>(Vector256<double> sums, Vector<T> value, int at)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return AddTo(sums, value.As<T, float>());
        Vector<double> wide = value.As<T, double>();
        if (Vector<double>.Count == 4) return sums + wide.AsVector256();
        if (Vector<double>.Count == 8) return sums + wide.AsVector512().GetLower() + wide.AsVector512().GetUpper();
        Vector128<double> pair = wide.AsVector128();
        return sums + ((at & 2) == 0 ? Vector256.Create(pair, Vector128<double>.Zero) : Vector256.Create(Vector128<double>.Zero, pair));
    }

    /// <summary>The four sums put together, in a fixed order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Total(Vector256<double> sums)
    {
        Vector128<double> pair = sums.GetLower() + sums.GetUpper();
        return pair[0] + pair[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> AddTo(Vector256<double> sums, Vector<float> value)
    {
        Vector.Widen(value, out Vector<double> low, out Vector<double> high);
        if (Vector<double>.Count == 2) return sums + Vector256.Create(low.AsVector128(), high.AsVector128());
        if (Vector<double>.Count == 4) return sums + low.AsVector256() + high.AsVector256();
        return sums + low.AsVector512().GetLower() + low.AsVector512().GetUpper() + high.AsVector512().GetLower() + high.AsVector512().GetUpper();
    }

    // Masked loads and stores touch no memory beyond the part; a machine without them goes lane by lane.
    private static bool HasMasks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx.IsSupported && Vector<byte>.Count == Vector256<byte>.Count;
    }

    // Read from so many elements before its middle, it is a mask of that many lanes.
    private static ReadOnlySpan<int> Masks => [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> First<T>(int count)
        where T : unmanaged => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Masks), (nuint)(8 - count * (sizeof(T) / sizeof(int))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> LoadPart<T>(T* source, int count)
        where T : unmanaged
    {
        if (HasMasks && typeof(T) == typeof(float)) return Avx.MaskLoad((float*)source, First<T>(count).AsSingle()).AsVector().As<float, T>();
        if (HasMasks && typeof(T) == typeof(double)) return Avx.MaskLoad((double*)source, First<T>(count).AsDouble()).AsVector().As<double, T>();
        return PartialVector.Load<T, Vector<T>>(source, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePart<T>(Vector<T> value, T* target, int count)
        where T : unmanaged
    {
        if (HasMasks && typeof(T) == typeof(float)) Avx.MaskStore((float*)target, First<T>(count).AsSingle(), value.As<T, float>().AsVector256());
        else if (HasMasks && typeof(T) == typeof(double)) Avx.MaskStore((double*)target, First<T>(count).AsDouble(), value.As<T, double>().AsVector256());
        else PartialVector.Store(value, target, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> MaskPart<T>(Vector<T> value, int count, T filler)
        where T : unmanaged =>
        HasMasks ? Vector.ConditionalSelect(First<T>(count).AsVector().As<int, T>(), value, new Vector<T>(filler)) : MaskLaneByLane(value, count, filler);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<T> MaskLaneByLane<T>(Vector<T> value, int count, T filler)
        where T : unmanaged
    {
        T* lanes = (T*)&value;
        for (int i = count; i < Vector<T>.Count; i++) lanes[i] = filler;
        return value;
    }
}
