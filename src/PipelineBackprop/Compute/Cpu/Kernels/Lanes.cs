using System.Numerics;
using System.Runtime.CompilerServices;

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

    /// <summary>Adds the lanes, in order, to a sum in float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> AddTo<T>(Vector<double> sum, Vector<T> value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double)) return sum + value.As<T, double>();
        Vector.Widen(value.As<T, float>(), out Vector<double> low, out Vector<double> high);
        return sum + low + high;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<T> LoadPart<T>(T* source, int count)
        where T : unmanaged
    {
        Vector<T> value = Vector<T>.Zero;
        T* lanes = (T*)&value;
        for (int i = 0; i < count; i++) lanes[i] = source[i];
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart<T>(Vector<T> value, T* target, int count)
        where T : unmanaged
    {
        T* lanes = (T*)&value;
        for (int i = 0; i < count; i++) target[i] = lanes[i];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<T> MaskPart<T>(Vector<T> value, int count, T filler)
        where T : unmanaged
    {
        T* lanes = (T*)&value;
        for (int i = count; i < Vector<T>.Count; i++) lanes[i] = filler;
        return value;
    }
}
