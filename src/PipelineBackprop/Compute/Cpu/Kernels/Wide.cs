using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PipelineBackprop.Compute.Gemm;

namespace PipelineBackprop.Compute.Cpu;

/// <summary>What the passes over long ranges need beyond <see cref="Vector512"/>, which narrower machines take in two or four pieces.</summary>
internal static unsafe class Wide
{
    // Far enough for the third cache, near enough not to leave the first.
    private const int BytesAhead = 512;

    /// <summary>Asks for what a pass will come to soon: several long ranges at once are more than the processor foresees.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead<T>(T* at)
        where T : unmanaged
    {
        if (Sse.IsSupported) Sse.Prefetch0((byte*)at + BytesAhead);
    }

    /// <summary>A constant in every lane, rounded to <typeparamref name="T"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Create<T>(double value)
        where T : unmanaged, INumberBase<T> => Vector512.Create(T.CreateTruncating(value));

    /// <summary>left · right + addend, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd<T>(Vector512<T> left, Vector512<T> right, Vector512<T> addend)
        where T : unmanaged => Simd512<T>.FusedMultiplyAdd(left, right, addend);

    /// <summary>The first <paramref name="count"/> elements, at most a vector's worth; the rest 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(T* source, int count)
        where T : unmanaged
    {
        if (count >= Vector512<T>.Count) return Vector512.Load(source);
        return Avx512F.IsSupported ? Simd512<T>.LoadFirst(source, count) : PartialVector.Load<T, Vector512<T>>(source, count);
    }

    /// <summary>Writes the first <paramref name="count"/> lanes, at most a vector's worth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<T> value, T* target, int count)
        where T : unmanaged
    {
        if (count >= Vector512<T>.Count) value.Store(target);
        else if (Avx512F.IsSupported) Simd512<T>.StoreFirst(value, target, count);
        else PartialVector.Store(value, target, count);
    }
}
